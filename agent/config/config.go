package config

import (
	_ "embed"
	"time"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/agent/setup"
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

// Duration is written as a string with its unit.
type Duration = setting.Duration

// Bytes is a size, written with its unit or as a number of bytes.
type Bytes = setting.Bytes

// Config is everything that can be set. Default holds the defaults; the
// comments in auscultd.toml give units and ranges.
type Config struct {
	Model     string    `toml:"model"`
	Backend   string    `toml:"backend"` // what computes; see package delegate
	Node      Node      `toml:"node"`
	MQTT      MQTT      `toml:"mqtt"`
	Spool     Spool     `toml:"spool"`
	Telemetry Telemetry `toml:"telemetry"`
	Decision  Decision  `toml:"decision"`
	Indicator Indicator `toml:"indicator"`
	Log       Log       `toml:"log"`
	Delegate  Delegate  `toml:"delegate"`
	// Sources are decoded by themselves: each kind of sensor has keys of its own.
	Sources []Source `toml:"-"`
}

// Node says who this node is.
type Node struct {
	ID string `toml:"id"` // empty: derived from /etc/machine-id
}

// MQTT says where messages go.
type MQTT struct {
	Broker       string   `toml:"broker"`    // see package address; empty: nowhere
	Fallbacks    []string `toml:"fallbacks"` // brokers that are tried in turn behind it
	Protocol     string   `toml:"protocol"`  // "auto", "5" or "3.1.1"
	ClientID     string   `toml:"client_id"`
	Username     string   `toml:"username"`
	PasswordFile string   `toml:"password_file"`
	KeepAlive    Duration `toml:"keep_alive"`
	Timeout      Duration `toml:"timeout"`
	RetryFirst   Duration `toml:"retry_first"`
	RetryMax     Duration `toml:"retry_max"`
	// KeepUnconfirmed is how many alerts are kept of which nobody knows whether they arrived.
	KeepUnconfirmed int `toml:"keep_unconfirmed"`
	TLS             TLS `toml:"tls"`
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
	MaxBytes   Bytes  `toml:"max_bytes"`
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

// Setup returns what a pipeline is built with.
func (d *Decision) Setup() setup.Decision {
	return setup.Decision{ThresholdRatio: d.ThresholdRatio, AdaptTime: time.Duration(d.AdaptTime),
		AdaptLimit: d.AdaptLimit}
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

// Default returns the configuration of an empty file.
func Default() Config {
	return Config{
		Model:   "/var/lib/auscult/model.tflite",
		Backend: delegate.Go,
		MQTT: MQTT{
			Broker:          "mqtt://localhost:1883",
			Fallbacks:       []string{},
			Protocol:        "auto",
			KeepUnconfirmed: 100,
			KeepAlive:       Duration(30 * time.Second),
			Timeout:         Duration(10 * time.Second),
			RetryFirst:      Duration(500 * time.Millisecond),
			RetryMax:        Duration(time.Minute),
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
		Delegate: defaultDelegate(),
	}
}
