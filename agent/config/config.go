package config

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/detect"
)

// Limits of a configuration.
const (
	MaxFile    = 64 << 10 // bytes; it also bounds how deep values can nest
	MaxSources = 16
)

// DefaultFile is the commented file that the package installs.
//
//go:embed auscultd.toml
var DefaultFile []byte

// Config is everything that can be set. Default holds the defaults; the
// comments in auscultd.toml give units and ranges.
type Config struct {
	Model     string    `toml:"model"`
	Node      Node      `toml:"node"`
	MQTT      MQTT      `toml:"mqtt"`
	Spool     Spool     `toml:"spool"`
	Telemetry Telemetry `toml:"telemetry"`
	Decision  Decision  `toml:"decision"`
	Indicator Indicator `toml:"indicator"`
	Log       Log       `toml:"log"`
	Sources   []Source  `toml:"source"`
}

// Node says who this node is.
type Node struct {
	ID string `toml:"id"` // empty: derived from /etc/machine-id
}

// MQTT says where messages go.
type MQTT struct {
	Broker       string   `toml:"broker"` // tcp://host:port or ssl://host:port; empty: nowhere
	ClientID     string   `toml:"client_id"`
	Username     string   `toml:"username"`
	PasswordFile string   `toml:"password_file"`
	KeepAlive    Duration `toml:"keep_alive"`
	Timeout      Duration `toml:"timeout"`
	RetryFirst   Duration `toml:"retry_first"`
	RetryMax     Duration `toml:"retry_max"`
	TLS          TLS      `toml:"tls"`
}

// TLS says whom to trust and how to prove who one is.
type TLS struct {
	CAFile     string `toml:"ca_file"`
	CertFile   string `toml:"cert_file"`
	KeyFile    string `toml:"key_file"`
	ServerName string `toml:"server_name"`
}

// Spool bounds the queue of alerts.
type Spool struct {
	Path       string `toml:"path"`
	MaxBytes   int64  `toml:"max_bytes"`
	MaxRecords int    `toml:"max_records"`
}

// Telemetry says how often and how much is sent besides alerts.
type Telemetry struct {
	Interval       Duration `toml:"interval"`
	StatusInterval Duration `toml:"status_interval"`
	Buffer         int      `toml:"buffer"`
}

// Decision changes what the model brings along.
type Decision struct {
	ThresholdRatio float64 `toml:"threshold_ratio"`
	// AdaptTime is how long the mean of normal scores reaches back that the
	// threshold follows; 0: the threshold stays.
	AdaptTime Duration `toml:"adapt_time"`
	// AdaptLimit is how many times the threshold it may reach.
	AdaptLimit float64 `toml:"adapt_limit"`
}

// Indicator is a light or relay that shows the node's state.
type Indicator struct {
	Pin       string `toml:"pin"` // empty: none
	Relay     bool   `toml:"relay"`
	ActiveLow bool   `toml:"active_low"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `toml:"level"`
	Format string `toml:"format"`
}

// Source is one sensor.
type Source struct {
	Name    string `toml:"name"`
	Type    string `toml:"type"`
	Model   string `toml:"model"` // empty: the common one
	Channel int    `toml:"channel"`
	// Without names detectors of the model's ensemble that are switched off.
	Without []detect.Name `toml:"without_detectors"`

	// Conditions are the operating conditions that the model takes.
	Conditions []Condition `toml:"condition"`

	Device string `toml:"device"` // of type "alsa"

	// Of type "accel".
	Chip         string `toml:"chip"`
	Bus          string `toml:"bus"`
	Address      int    `toml:"address"`
	RangeG       int    `toml:"range_g"`
	InterruptPin string `toml:"interrupt_pin"`

	Path  string `toml:"path"`
	Paced bool   `toml:"paced"`
	Loop  bool   `toml:"loop"`

	SampleRateHz int      `toml:"sample_rate_hz"`
	ShaftHz      float64  `toml:"shaft_hz"`
	Duration     Duration `toml:"duration"`
	Seed         int64    `toml:"seed"`
	Fault        string   `toml:"fault"`
	FaultAt      Duration `toml:"fault_at"`
	FaultFor     Duration `toml:"fault_for"`
	FaultLevelDB float64  `toml:"fault_level_db"`
}

// Condition is an operating condition, such as a speed: a value, or where it arrives.
type Condition struct {
	Name   string   `toml:"name"` // as the model has it
	Value  *float64 `toml:"value"`
	Topic  string   `toml:"topic"`
	Field  string   `toml:"field"`
	MaxAge Duration `toml:"max_age"` // 0: DefaultMaxAge
}

// DefaultMaxAge is how old a condition's value may be unless told otherwise.
const DefaultMaxAge = time.Minute

// Input says where the condition comes from.
func (c *Condition) Input() condition.Input {
	in := condition.Input{Name: c.Name, Fixed: c.Value, Topic: c.Topic, Field: c.Field, MaxAge: time.Duration(c.MaxAge)}
	if in.MaxAge == 0 {
		in.MaxAge = DefaultMaxAge
	}
	return in
}

// Duration is a time.Duration that is written as a string.
type Duration time.Duration

// UnmarshalText reads "30s" and the like.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration: write \"500ms\", \"30s\" or \"1m30s\"", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// String returns the duration as it stands in the file.
func (d Duration) String() string { return time.Duration(d).String() }

// Default returns the configuration of an empty file.
func Default() Config {
	return Config{
		Model: "/var/lib/auscult/model.tflite",
		MQTT: MQTT{
			Broker:     "tcp://localhost:1883",
			KeepAlive:  Duration(30 * time.Second),
			Timeout:    Duration(10 * time.Second),
			RetryFirst: Duration(500 * time.Millisecond),
			RetryMax:   Duration(time.Minute),
		},
		Spool: Spool{
			Path:       "/var/lib/auscult/alerts.spool",
			MaxBytes:   16 << 20,
			MaxRecords: 10_000,
		},
		Telemetry: Telemetry{
			Interval:       Duration(10 * time.Second),
			StatusInterval: Duration(time.Minute),
			Buffer:         1000,
		},
		Decision: Decision{ThresholdRatio: 1, AdaptLimit: 1.5},
		Log:      Log{Level: "info", Format: "text"},
	}
}
