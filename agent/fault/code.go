package fault

// Code names a kind of fault. Codes are part of the wire format: they are
// added, never renamed.
type Code string

// Codes of faults.
const (
	SourceOpen        Code = "source_open"        // the sensor cannot be opened
	SourceRead        Code = "source_read"        // the sensor failed while it was read
	SourceFormat      Code = "source_format"      // the sensor does not give what the model needs
	SourceStalled     Code = "source_stalled"     // the sensor gives nothing although it is open
	SourceSilent      Code = "source_silent"      // the sensor gives the same value all the time
	SourceClips       Code = "source_clips"       // the sensor is at the end of its range again and again
	SourceRate        Code = "source_rate"        // the sensor runs at another rate than it says
	SourceEnded       Code = "source_ended"       // the recording is over
	SourcePanic       Code = "source_panic"       // a program error broke this source
	SourceBands       Code = "source_bands"       // the highest bands are heard otherwise than they were learned
	SourceScale       Code = "source_scale"       // what the samples stand for is not known
	SourceGain        Code = "source_gain"        // the gain is another than when the model learned
	SourceNoise       Code = "source_noise"       // the sensor hears noise alone
	SourceSwapped     Code = "source_swapped"     // another channel has what this one had
	SourceOther       Code = "source_other"       // it is another sensor than the model learned from
	SamplesLost       Code = "samples_lost"       // samples were lost in the last minute
	ModelLoad         Code = "model_load"         // the model cannot be used
	Delegate          Code = "delegate"           // another backend than Go should compute, and does not
	ModelRefused      Code = "model_refused"      // the model was replaced by one that cannot be used
	Condition         Code = "condition"          // an operating condition is not known
	ConditionRange    Code = "condition_range"    // an operating condition is beyond what the model has learned
	NoCondition       Code = "no_condition"       // the model takes an operating condition that nobody gives
	ConfigRefused     Code = "config_refused"     // the configuration was changed to one that cannot be used
	NoSource          Code = "no_source"          // no sensor is configured
	Broker            Code = "broker"             // there is no connection to the broker
	BrokerFallback    Code = "broker_fallback"    // another broker than the first is used
	AlertRefused      Code = "alert_refused"      // the broker does not take an alert
	MessageRefused    Code = "message_refused"    // the broker does not take what is no alert, or a subscription
	Unconfirmed       Code = "unconfirmed"        // nobody knows whether alerts arrive
	ClientID          Code = "client_id"          // another client uses the same client id
	PasswordPlain     Code = "password_plain"     // the password goes over the network unencrypted
	SecretReadable    Code = "secret_readable"    // everybody on the machine can read a secret
	CertificateExpiry Code = "certificate_expiry" // a certificate ends within 30 days
	SpoolWrite        Code = "spool_write"        // alerts are in memory only
	SpoolDropped      Code = "spool_dropped"      // alerts were dropped since the queue was full
	SpoolDamaged      Code = "spool_damaged"      // damage in the queue's file was found and mended
	AlertsDropped     Code = "alerts_dropped"     // alerts came faster than they could be stored
	TelemetryLost     Code = "telemetry_lost"     // scores and states were dropped while the broker was away
	Indicator         Code = "indicator"          // the indicator's pin cannot be used
)

// Severity says how much a fault takes from the node.
type Severity string

// Severities, the least first.
const (
	Notice  Severity = "notice"  // nothing is missing now
	Warning Severity = "warning" // something was lost, or will be if it goes on
	Error   Severity = "error"   // what it concerns does not do its work
)

// Scope says what a fault is about.
type Scope string

// Scopes.
const (
	OfSource Scope = "source" // a Fault names which
	OfNode   Scope = "node"
)

// Kind is what is true of every fault with a code.
type Kind struct {
	Severity Severity
	Scope    Scope
	Help     string // what to do about it, one line for people
}

// kinds are all codes. A code that is not among them is an Error of whatever it
// concerns.
var kinds = map[Code]Kind{
	SourceOpen:        {Error, OfSource, "check its wires, supply and name; 'auscult devices' lists what is there, 'auscult doctor' says what is missing"},
	SourceRead:        {Error, OfSource, "it is opened again by itself; if that goes on, check its wires and supply"},
	SourceFormat:      {Error, OfSource, "set a rate and channel that the model was trained with, or train it on what this sensor gives"},
	SourceStalled:     {Error, OfSource, "check its clock line and driver; 'auscult doctor' measures its rate"},
	SourceSilent:      {Error, OfSource, "check its wires, its supply and the channel that is listened to"},
	SourceClips:       {Warning, OfSource, "lower its gain, take a wider range, or move it away: what is cut off is not judged rightly"},
	SourceRate:        {Error, OfSource, "check the overlay and the crystal, or set another sample_rate_hz; 'auscult doctor' measures it"},
	SourceEnded:       {Notice, OfSource, "set loop = true to play it again"},
	SourcePanic:       {Error, OfSource, "it starts again by itself; please report the text and the log around it"},
	SourceBands:       {Warning, OfSource, "set the sample_rate_hz that was learned, or train again: the bands that auscult trains with end where rates do not matter"},
	SourceScale:       {Warning, OfSource, "record with 'auscult record', which notes the full scale, and train on that"},
	SourceGain:        {Error, OfSource, "set the mixer as it was (amixer, then 'alsactl store'), look whether the sensor is where it was and free, or record and train again"},
	SourceNoise:       {Error, OfSource, "look whether the sensor sits where it was, and check its wires and supply; nothing is judged until it hears something"},
	SourceSwapped:     {Error, OfSource, "change the plugs, the select pins or the source's channel; nothing is judged until then"},
	SourceOther:       {Notice, OfSource, "one of the same kind at the same place will do; else record and train again"},
	SamplesLost:       {Warning, OfSource, "see what else keeps the processor busy, or lower the sample rate"},
	Delegate:          {Warning, OfSource, "nothing is lost: the Go kernels compute meanwhile, and it is tried again; 'auscult delegates' says what is here"},
	ModelLoad:         {Error, OfSource, "'auscult inspect' looks into it; 'auscult train' makes another"},
	ModelRefused:      {Warning, OfSource, "the one that was loaded before goes on: put a good one in its place; 'auscult inspect' looks into it"},
	Condition:         {Error, OfSource, "look at what arrives on its topic; nothing is scored without it"},
	ConditionRange:    {Error, OfSource, "nothing is scored there: train with sound of such conditions too"},
	NoCondition:       {Error, OfSource, "add [[source.condition]] with its name and a topic or value"},
	ConfigRefused:     {Warning, OfNode, "what was read before goes on: mend the file and reload; 'auscultd --check-config' looks into it"},
	NoSource:          {Error, OfNode, "add a [[source]] block to the configuration"},
	Broker:            {Error, OfNode, "alerts wait on the disk; 'auscult doctor' tries name, network, encryption and login in turn"},
	BrokerFallback:    {Notice, OfNode, "alerts go to another broker of the list; the first is tried again every five minutes"},
	AlertRefused:      {Error, OfNode, "it is tried again by itself, and others go on; nothing is lost until the queue is full"},
	MessageRefused:    {Warning, OfNode, "alerts are not affected; give the node's user the right to this topic at the broker"},
	Unconfirmed:       {Warning, OfNode, "use a broker that speaks MQTT 5, or let the node read its own alert topics"},
	ClientID:          {Warning, OfNode, "give each node a node.id and mqtt.client_id of its own"},
	PasswordPlain:     {Warning, OfNode, "use mqtts:// with a certificate, or a broker on this machine"},
	SecretReadable:    {Warning, OfNode, "take the right to read it from others, or use a systemd credential"},
	CertificateExpiry: {Warning, OfNode, "put the new one in its place: it is taken up without a restart"},
	SpoolWrite:        {Error, OfNode, "free the disk, or check who may write there: a restart loses them"},
	SpoolDropped:      {Error, OfNode, "bring the broker back, or raise spool.max_bytes and spool.max_records"},
	SpoolDamaged:      {Warning, OfNode, "what could be saved is in the queue again; check the card that it is on"},
	AlertsDropped:     {Error, OfNode, "check the disk, and whether the thresholds fit the machine"},
	TelemetryLost:     {Warning, OfNode, "alerts are not affected; raise telemetry.buffer to keep more"},
	Indicator:         {Warning, OfNode, "check indicator.pin, and that the user is in the group gpio"},
}

// unfit are the codes that say that the model is not made for what is heard; the sensor works.
var unfit = map[Code]bool{SourceFormat: true, ConditionRange: true}

// Kind returns what is true of every fault with the code.
func (c Code) Kind() Kind {
	if k, ok := kinds[c]; ok {
		return k
	}
	return Kind{Severity: Error, Scope: OfNode}
}
