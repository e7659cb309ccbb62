package config

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/accelerometer"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/spool"
)

// problem is what check finds: a key and what to write instead.
type problem struct{ key, text string }

func wrong(key, format string, args ...any) *problem {
	return &problem{key, oneLine(fmt.Sprintf(format, args...))}
}

// check returns nil when the node can be built from c. It returns the first
// problem in the order of the file.
func (c *Config) check() *problem {
	for _, part := range []func() *problem{c.checkNode, c.checkMQTT, c.checkQueues, c.checkRest, c.checkSources} {
		if p := part(); p != nil {
			return p
		}
	}
	return nil
}

// maxName is the most letters of an id or a name: they are parts of topics.
const maxName = 64

// isName reports whether s can be one level of an MQTT topic and a part of a
// file name everywhere.
func isName(s string) bool {
	if s == "" || len(s) > maxName || s[0] == '.' || s[0] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}

const nameRule = "write 1 to 64 of the letters a-z A-Z 0-9 . _ -, not beginning with . or -"

func (c *Config) checkNode() *problem {
	if c.Node.ID != "" && !isName(c.Node.ID) {
		return wrong("node.id", "%q: %s", c.Node.ID, nameRule)
	}
	return nil
}

func (c *Config) checkMQTT() *problem {
	m := &c.MQTT
	if m.Broker != "" {
		if _, _, err := m.Address(); err != nil {
			return wrong("mqtt.broker", "%v", err)
		}
	}
	if m.ClientID != "" && !isName(m.ClientID) {
		return wrong("mqtt.client_id", "%q: %s", m.ClientID, nameRule)
	}
	if m.PasswordFile != "" && m.Username == "" {
		return wrong("mqtt.password_file", "needs mqtt.username too: MQTT has no password without a user")
	}
	if err := checkCredential(m.PasswordFile); err != nil {
		return wrong("mqtt.password_file", "%v", err)
	}
	if (m.TLS.CertFile == "") != (m.TLS.KeyFile == "") {
		return wrong("mqtt.tls", "cert_file and key_file belong together: set both or none")
	}
	if m.TLS != (TLS{}) && !strings.HasPrefix(m.Broker, "ssl://") {
		return wrong("mqtt.tls", "is set but mqtt.broker is not encrypted: write broker = \"ssl://host:8883\"")
	}
	if m.RetryFirst > m.RetryMax {
		return wrong("mqtt.retry_first", "%v is longer than retry_max (%v)", m.RetryFirst, m.RetryMax)
	}
	return firstProblem(
		between("mqtt.keep_alive", m.KeepAlive, time.Second, time.Hour),
		between("mqtt.timeout", m.Timeout, 100*time.Millisecond, 5*time.Minute),
		between("mqtt.retry_first", m.RetryFirst, 10*time.Millisecond, time.Minute),
		between("mqtt.retry_max", m.RetryMax, 10*time.Millisecond, time.Hour),
	)
}

func (c *Config) checkQueues() *problem {
	switch {
	case c.Spool.Path == "":
		return wrong("spool.path", "is empty: name the file that keeps alerts until the broker has them")
	case c.Spool.MaxBytes < spool.MinBytes || c.Spool.MaxBytes > spool.MaxBytes:
		return wrong("spool.max_bytes", "%d: must be %d to %d", c.Spool.MaxBytes, spool.MinBytes, spool.MaxBytes)
	case c.Spool.MaxRecords < 1 || c.Spool.MaxRecords > spool.MaxRecords:
		return wrong("spool.max_records", "%d: must be 1 to %d", c.Spool.MaxRecords, spool.MaxRecords)
	case c.Telemetry.Buffer < 1 || c.Telemetry.Buffer > 100_000:
		return wrong("telemetry.buffer", "%d: must be 1 to 100000", c.Telemetry.Buffer)
	}
	return firstProblem(
		between("telemetry.interval", c.Telemetry.Interval, 0, 24*time.Hour),
		between("telemetry.status_interval", c.Telemetry.StatusInterval, time.Second, 24*time.Hour),
	)
}

// Values of log.level and log.format.
var (
	logLevels  = []string{"debug", "info", "warn", "error"}
	logFormats = []string{"text", "json"}
)

func (c *Config) checkRest() *problem {
	if r := c.Decision.ThresholdRatio; !(r >= 0.01 && r <= 100) {
		return wrong("decision.threshold_ratio", "%g: must be 0.01 to 100; 1 is the model's own threshold", r)
	}
	if d := time.Duration(c.Decision.AdaptTime); d != 0 && (d < time.Hour || d > 8760*time.Hour) {
		return wrong("decision.adapt_time", "%v: must be 1h to 8760h, or \"0s\" for a threshold that stays", d)
	}
	if l := c.Decision.AdaptLimit; !(l >= 1 && l <= 10) {
		return wrong("decision.adapt_limit", "%g: must be 1 to 10", l)
	}
	if i := c.Indicator; i.Pin == "" && (i.Relay || i.ActiveLow) {
		return wrong("indicator.pin", "is missing: name the GPIO, as in \"GPIO24\"")
	}
	if !slices.Contains(logLevels, c.Log.Level) {
		return wrong("log.level", "%q: write %s", c.Log.Level, alternatives(logLevels))
	}
	if !slices.Contains(logFormats, c.Log.Format) {
		return wrong("log.format", "%q: write %s", c.Log.Format, alternatives(logFormats))
	}
	return nil
}

func (c *Config) checkSources() *problem {
	if len(c.Sources) > MaxSources {
		return wrong("source", "%d sources: at most %d", len(c.Sources), MaxSources)
	}
	names := make(map[string]int)
	for i := range c.Sources {
		s := &c.Sources[i]
		key := func(name string) string { return fmt.Sprintf("source[%d].%s", i, name) }
		if !isName(s.Name) {
			return wrong(key("name"), "%q: %s", s.Name, nameRule)
		}
		if s.Name == "status" {
			return wrong(key("name"), "%q is the node's own topic: choose another name", s.Name)
		}
		if j, twice := names[s.Name]; twice {
			return wrong(key("name"), "%q is the name of source %d already", s.Name, j)
		}
		names[s.Name] = i
		if s.Channel < 0 || s.Channel > 63 {
			return wrong(key("channel"), "%d: must be 0 to 63; the first channel is 0", s.Channel)
		}
		for _, name := range s.Without {
			if !slices.Contains(detect.Names(), name) {
				return wrong(key("without_detectors"), "%q: the detectors are %q", name, detect.Names())
			}
		}
		if len(s.Without) >= len(detect.Names()) {
			return wrong(key("without_detectors"), "switches all detectors off: leave one")
		}
		if s.Model == "" && c.Model == "" {
			return wrong(key("model"), "neither this source nor the top of the file names a model")
		}
		if s.Type != "accel" && (s.Chip != "" || s.Bus != "" || s.Address != 0 || s.RangeG != 0 || s.InterruptPin != "") {
			return wrong(key("type"), "%q is no sensor on a bus: chip, bus, address, range_g and interrupt_pin belong to type \"accel\"", s.Type)
		}
		if name, text := s.checkConditions(c.MQTT.Broker != ""); text != "" {
			return wrong(key(name), "%s", text)
		}
		check, ok := sourceTypes[s.Type]
		if !ok {
			return wrong(key("type"), "%q: write %s", s.Type, alternatives(SourceTypes()))
		}
		if name, text := check(s); text != "" {
			return wrong(key(name), "%s", text)
		}
	}
	return nil
}

// sourceTypes holds what each type of source asks of its keys: the key that is
// wrong, and what to write. A new type is one entry here and one in
// agent/node.
var sourceTypes = map[string]func(*Source) (key, text string){
	"accel": func(s *Source) (key, text string) {
		switch {
		case !slices.Contains(accelerometer.Chips(), s.Chip):
			return "chip", fmt.Sprintf("%q: write %s", oneLine(s.Chip), alternatives(accelerometer.Chips()))
		case s.Device != "" || s.Path != "" || s.Loop || s.Paced:
			return "type", `"accel" reads a sensor on a bus: device belongs to type "alsa", path, paced and loop to "wav"`
		case s.isSimulated():
			return "type", `"accel" reads a sensor on a bus: shaft, duration, seed and fault belong to type "sim"`
		case s.Channel > 2:
			return "channel", "must be 0 for x, 1 for y or 2 for z"
		case s.SampleRateHz < 0 || s.SampleRateHz > 100_000:
			return "sample_rate_hz", "must be 0 (the chip's fastest) or a rate of its data sheet"
		case s.Address != 0 && (s.Address < 0x08 || s.Address > 0x77):
			return "address", "must be 0 (the chip's usual one) or 0x08 to 0x77"
		case !slices.Contains([]int{0, 2, 4, 8, 16}, s.RangeG):
			return "range_g", "must be 2, 4, 8, 16 or 0 (the widest)"
		}
		return "", ""
	},
	"alsa": func(s *Source) (key, text string) {
		switch {
		case s.Device == "":
			return "device", `is missing: name the sound card, as in "hw:CARD=NAME,DEV=0"; 'auscult devices' lists them`
		case s.Path != "" || s.Loop || s.Paced:
			return "type", `"alsa" listens to a sound card: path, paced and loop belong to type "wav"`
		case s.SampleRateHz != 0 && (s.SampleRateHz < 1000 || s.SampleRateHz > 768_000):
			return "sample_rate_hz", "must be 0 (48000, or what the card has nearest) or 1000 to 768000"
		case s.isSimulated():
			return "type", `"alsa" listens to a sound card: shaft, duration, seed and fault belong to type "sim"`
		}
		return "", ""
	},
	"iio": func(s *Source) (key, text string) {
		switch {
		case s.Device == "":
			return "device", `is missing: name the kernel's device, as "iio:device0" or its driver's name`
		case s.Path != "" || s.Loop || s.Paced:
			return "type", `"iio" reads a sensor of the kernel: path, paced and loop belong to type "wav"`
		case s.isSimulated():
			return "type", `"iio" reads a sensor of the kernel: shaft, duration, seed and fault belong to type "sim"`
		case s.Channel > 2:
			return "channel", "must be 0 for x, 1 for y or 2 for z"
		case s.SampleRateHz < 0 || s.SampleRateHz > 100_000:
			return "sample_rate_hz", "must be 0 (the driver's) to 100000"
		}
		return "", ""
	},
	"wav": func(s *Source) (key, text string) {
		switch {
		case s.Path == "":
			return "path", "is missing: name the recording"
		case s.Device != "":
			return "type", `"wav" plays a recording: device belongs to type "alsa"`
		case s.SampleRateHz != 0 || s.ShaftHz != 0 || s.Duration != 0 || s.Seed != 0 ||
			s.Fault != "" || s.FaultAt != 0 || s.FaultFor != 0 || s.FaultLevelDB != 0:
			return "type", `"wav" plays a recording: rate, shaft, duration, seed and fault belong to type "sim"`
		}
		return "", ""
	},
	"sim": func(s *Source) (key, text string) {
		switch {
		case s.Path != "" || s.Loop || s.Device != "":
			return "type", `"sim" makes its own sound: path and loop belong to type "wav", device to "alsa"`
		case s.SampleRateHz != 0 && (s.SampleRateHz < 1000 || s.SampleRateHz > 768_000):
			return "sample_rate_hz", "must be 0 (16000) or 1000 to 768000"
		case s.ShaftHz != 0 && !(s.ShaftHz >= 1 && s.ShaftHz <= 200):
			return "shaft_hz", "must be 0 (24.7) or 1 to 200"
		case s.Duration < 0:
			return "duration", "is below 0: write \"0s\" for no end"
		case s.Seed < 0:
			return "seed", "must not be negative"
		case s.Fault != "" && !slices.Contains(SimFaults, s.Fault):
			return "fault", fmt.Sprintf("%q: write \"\" for none, or %s", oneLine(s.Fault), alternatives(SimFaults))
		case s.FaultAt < 0:
			return "fault_at", "must not be negative"
		case s.FaultFor < 0:
			return "fault_for", "must not be negative: write \"0s\" for no end"
		case !(s.FaultLevelDB >= -60 && s.FaultLevelDB <= 40):
			return "fault_level_db", "must be -60 to 40"
		}
		return "", ""
	},
}

// maxConditions is the most operating conditions that a model takes.
const maxConditions = 16

// checkConditions returns the key that is wrong, and what to write.
func (s *Source) checkConditions(broker bool) (key, text string) {
	names := map[string]bool{}
	if len(s.Conditions) > maxConditions {
		return "condition", fmt.Sprintf("%d of them: at most %d", len(s.Conditions), maxConditions)
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		at := fmt.Sprintf("condition[%d]", i)
		switch {
		case c.Name == "":
			return at, `has no name: write name = "speed_rpm", as the model has it ('auscult inspect' shows it)`
		case names[c.Name]:
			return at, fmt.Sprintf("%q is there twice", oneLine(c.Name))
		case (c.Value != nil) == (c.Topic != ""):
			return at, fmt.Sprintf("%q needs a value that never changes, or the topic where it arrives, and not both", oneLine(c.Name))
		case c.Value != nil && (math.IsNaN(*c.Value) || math.IsInf(*c.Value, 0)):
			return at, fmt.Sprintf("%q: the value must be a finite number", oneLine(c.Name))
		case c.Value != nil && (c.Field != "" || c.MaxAge != 0):
			return at, fmt.Sprintf("%q: field and max_age belong to a topic", oneLine(c.Name))
		case strings.ContainsAny(c.Topic, "+#\x00") || len(c.Topic) > 1024:
			return at, fmt.Sprintf("%q: the topic must be one topic, without + and #", oneLine(c.Name))
		case c.Topic != "" && !broker:
			return at, fmt.Sprintf("%q comes from a topic, but mqtt.broker is empty", oneLine(c.Name))
		case c.MaxAge < 0:
			return at, fmt.Sprintf("%q: max_age is below 0", oneLine(c.Name))
		}
		names[c.Name] = true
	}
	return "", ""
}

// isSimulated reports whether a key is set that only a simulated pump has.
func (s *Source) isSimulated() bool {
	return s.ShaftHz != 0 || s.Duration != 0 || s.Seed != 0 || s.Fault != "" || s.FaultAt != 0 || s.FaultFor != 0 || s.FaultLevelDB != 0
}

// SimFaults are the faults that a simulated pump can have.
var SimFaults = []string{"bearing", "cavitation", "dead_sensor", "imbalance", "lost_samples"}

// SourceTypes returns the types of sources that exist.
func SourceTypes() []string { return slices.Sorted(maps.Keys(sourceTypes)) }

// Address returns the network address of the broker and whether the connection
// is encrypted.
func (m *MQTT) Address() (hostPort string, encrypted bool, err error) {
	const form = `write "tcp://host:1883" or "ssl://host:8883"`
	u, err := url.Parse(m.Broker)
	if err != nil {
		return "", false, fmt.Errorf("%q is no address: %s", m.Broker, form)
	}
	port := "1883"
	switch u.Scheme {
	case "tcp":
	case "ssl":
		port, encrypted = "8883", true
	default:
		return "", false, fmt.Errorf("%q: %s", m.Broker, form)
	}
	if u.User != nil {
		return "", false, fmt.Errorf("no user and password in the address: use mqtt.username and mqtt.password_file")
	}
	if u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false, fmt.Errorf("%q: %s", m.Broker, form)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return "", false, fmt.Errorf("%q: the port must be 1 to 65535", m.Broker)
		}
		port = p
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port, encrypted, nil
}

func between(key string, d Duration, least, most time.Duration) *problem {
	if time.Duration(d) < least || time.Duration(d) > most {
		return wrong(key, "%v: must be %v to %v", d, least, most)
	}
	return nil
}

func firstProblem(list ...*problem) *problem {
	for _, p := range list {
		if p != nil {
			return p
		}
	}
	return nil
}

// alternatives writes a list as people do: "a", "b" or "c".
func alternatives(list []string) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	return b.String()
}
