package message

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw"
)

// root is the first level of every topic.
const root = "auscult/"

// StatusTopic returns the topic of a node's status.
func StatusTopic(node string) string { return root + node + "/status" }

// StateTopic returns the topic of a source's state.
func StateTopic(node, source string) string { return root + node + "/" + source + "/state" }

// ScoreTopic returns the topic of a source's scores.
func ScoreTopic(node, source string) string { return root + node + "/" + source + "/score" }

// AlertTopic returns the topic of a source's alerts.
func AlertTopic(node, source string) string { return root + node + "/" + source + "/alert" }

// Time is a time on the wire: RFC 3339 in UTC with milliseconds.
type Time time.Time

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes the time as the package comment says.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + time.Time(t).UTC().Format(timeFormat) + `"`), nil
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	var v time.Time
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	*t = Time(v)
	return nil
}

// Number is a measured number on the wire, in six significant digits.
type Number float64

// MarshalJSON writes a number that JSON can hold: what is too large or no
// number becomes the largest one.
func (n Number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
		v = math.Copysign(math.MaxFloat32, v)
	}
	return strconv.AppendFloat(nil, v, 'g', 6, 64), nil
}

// Model names a model.
type Model struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // SHA-256 of the file, hexadecimal
}

// Head is what every message of a source begins with.
type Head struct {
	Node   string `json:"node"`
	Source string `json:"source"`
	Model  Model  `json:"model"`
	BootID string `json:"boot_id"`
	Seq    uint64 `json:"seq"`
	Time   Time   `json:"time"` // when what it tells of was heard
	Clocked
}

// Clocked says what the times of a message are worth, which are all by one clock.
type Clocked struct {
	TimeSynced bool `json:"time_synced"` // that clock had been set by a time server
	// Uptime says when the message's time was in a way that no setting of the clock changes;
	// nil where the time is good, or the machine does not tell.
	Uptime *Uptime `json:"uptime,omitempty"`
}

// Uptime is a moment by how long the machine had been up.
type Uptime struct {
	Boot    string  `json:"boot"` // of the machine; boot_id is of the program
	Seconds float64 `json:"seconds"`
}

// SameAs reports whether times of two messages can be told by one clock: both are good, or of
// one boot of the machine.
func (c Clocked) SameAs(d Clocked) bool {
	if c.TimeSynced || d.TimeSynced {
		return c.TimeSynced && d.TimeSynced
	}
	return c.Uptime != nil && d.Uptime != nil && c.Uptime.Boot == d.Uptime.Boot
}

// ClockedAt returns what a time is worth that is told at a moment.
func ClockedAt(m clock.Moment, t time.Time) Clocked {
	c := Clocked{TimeSynced: m.Synced}
	if boot, up, known := m.SinceBoot(t); known && !m.Synced {
		c.Uptime = &Uptime{boot, math.Round(up.Seconds()*1000) / 1000}
	}
	return c
}

// Correct moves the times of an alert that was told before the clock was set, if it was set in
// the same boot of the machine, and reports whether it did.
func (a *Alert) Correct(m clock.Moment) bool {
	if a.TimeSynced || a.Uptime == nil {
		return false
	}
	right, known := m.Recall(a.Uptime.Boot, time.Duration(a.Uptime.Seconds*float64(time.Second)))
	if !known {
		return false
	}
	by := right.Round(0).Sub(time.Time(a.Time).Round(0))
	for _, t := range []*Time{&a.Time, &a.Start, a.End, &a.Peak.Time} {
		if t != nil {
			*t = Time(time.Time(*t).Round(0).Add(by))
		}
	}
	a.Clocked = Clocked{TimeSynced: true}
	return true
}

// Event is something that the node tells: a *State, *Score, *Alert or *Status.
type Event interface{ event() }

func (*State) event()  {}
func (*Score) event()  {}
func (*Alert) event()  {}
func (*Status) event() {}

// State tells that a source's state has changed.
type State struct {
	Head
	State     state.State `json:"state"`
	Previous  state.State `json:"previous,omitempty"`
	Score     Number      `json:"score"`
	Threshold Number      `json:"threshold"`
	Ratio     Number      `json:"ratio"`
	Event     string      `json:"event,omitempty"` // that is open
}

// Score tells how a source sounds.
type Score struct {
	Head
	State     state.State        `json:"state"`
	Score     Number             `json:"score"` // of the last observation
	Threshold Number             `json:"threshold"`
	Ratio     Number             `json:"ratio"`
	MaxRatio  Number             `json:"max_ratio"` // highest since the message before
	Bands     []decide.BandRange `json:"bands,omitempty"`
	Detectors []Detector         `json:"detectors,omitempty"`
}

// Detector is what one of several detectors has to say.
type Detector struct {
	Name     detect.Name `json:"name"`
	Surprise Number      `json:"surprise"` // 2: once in 100 observations of normal sound, 3: in 1,000
	Text     string      `json:"text,omitempty"`
}

// Phase says which end of an event an alert tells of.
type Phase string

// Phases of an alert.
const (
	Start Phase = "start"
	End   Phase = "end"
)

// Peak is the worst moment of an event.
type Peak struct {
	Time  Time   `json:"time"`
	Score Number `json:"score"`
	Ratio Number `json:"ratio"`
}

// Alert tells that an event has started or ended.
type Alert struct {
	Head
	Phase     Phase        `json:"phase"`
	Event     string       `json:"event"`
	Start     Time         `json:"start"`
	End       *Time        `json:"end,omitempty"`
	Cause     decide.Cause `json:"cause,omitempty"`
	State     state.State  `json:"state"`
	Score     Number       `json:"score"`
	Threshold Number       `json:"threshold"`
	Ratio     Number       `json:"ratio"`
	Peak      Peak         `json:"peak"`
	// OverS is how many seconds of sound the mean was taken of that raised the event; none: single
	// observations did.
	OverS     Number             `json:"over_s,omitempty"`
	Bands     []decide.BandRange `json:"bands,omitempty"`
	Detectors []Detector         `json:"detectors,omitempty"`
}

// SourceStatus is one source in a Status.
type SourceStatus struct {
	Name        string      `json:"name"`
	State       state.State `json:"state"` // as on its topic
	Model       Model       `json:"model"`
	Windows     uint64      `json:"windows"`
	LostSamples uint64      `json:"lost_samples"`
	Ended       bool        `json:"ended,omitempty"` // the recording is over
	// Sensor is what it listens with, and what its samples stand for; absent before it is open and
	// where that is not known.
	Sensor hw.Origin `json:"sensor,omitzero"`
}

// Queue counts what waits and what was lost.
type Queue struct {
	Alerts            int    `json:"alerts"`                       // that wait for confirmation
	AlertsInMemory    int    `json:"alerts_in_memory"`             // of these, not on the disk
	AlertsUnconfirmed int    `json:"alerts_unconfirmed,omitempty"` // of these, sent, and nobody knows whether they arrived
	AlertsDropped     uint64 `json:"alerts_dropped"`               // over all starts
	TelemetryDropped  uint64 `json:"telemetry_dropped"`            // since the start
}

// Link says how messages reach the broker.
type Link struct {
	Broker   string `json:"broker"`   // its address
	Protocol string `json:"protocol"` // version of MQTT: "5" or "3.1.1"
	ClientID string `json:"client_id"`
	Delivery string `json:"delivery"` // of alerts: Confirmed or Unconfirmed
}

// What is known of alerts that were sent.
const (
	Confirmed   = "confirmed"   // the broker says that it took them, or they came back
	Unconfirmed = "unconfirmed" // the broker knows no refusal, and they did not come back
)

// Status tells how the node is.
type Status struct {
	Node    string `json:"node"`
	Online  bool   `json:"online"`
	Reason  string `json:"reason,omitempty"` // why it is not: "lost" or "stopped"
	Version string `json:"version"`
	BootID  string `json:"boot_id"`
	Seq     uint64 `json:"seq"`
	Time    Time   `json:"time"` // in a last will: when the connection began
	Clocked
	Started Time           `json:"started"`
	Sources []SourceStatus `json:"sources"`
	Faults  []fault.Fault  `json:"faults"`
	Queue   Queue          `json:"queue"`
	Link    *Link          `json:"link,omitempty"` // while a connection stands
}

// Reasons for being offline.
const (
	Lost    = "lost"    // the connection broke: the last will
	Stopped = "stopped" // the program was told to stop
)

// Encode returns the payload of a message.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return b, nil
}

// Round returns ranges with Hz rounded to 1 and shares to 0.001.
func Round(ranges []decide.BandRange) []decide.BandRange {
	out := make([]decide.BandRange, len(ranges))
	for i, r := range ranges {
		out[i] = decide.BandRange{FromHz: math.Round(r.FromHz), ToHz: math.Round(r.ToHz),
			Share: math.Round(r.Share*1000) / 1000}
	}
	return out
}

// bandRanges is how many ranges of bands a message names.
const bandRanges = 5

// Bands names the bands that raise a score of model m, from its evidence and the band
// parts of normal sound, lowest band first.
func Bands(m *model.Model, evidence, normal []float64) []decide.BandRange {
	return Round(decide.Contributing(m.BandParts(evidence), normal, m.BandHz, bandRanges))
}

// Detectors returns what the detectors of an ensemble have to say; nil where there
// is none.
func Detectors(findings []detect.Finding) []Detector {
	var out []Detector
	for _, f := range findings {
		out = append(out, Detector{Name: f.Detector, Surprise: Number(f.Surprise), Text: f.Text})
	}
	return out
}
