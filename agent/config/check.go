package config

import (
	"slices"
	"time"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/agent/spool"
)

// check returns nil when the node can be built from c. It returns the first
// problem in the order of the file.
func (c *Config) check() *setting.Problem {
	for _, part := range []func() *setting.Problem{
		c.checkNode, c.checkDelegate, c.checkMQTT, c.checkQueues, c.checkRest, c.checkSources,
	} {
		if p := part(); p != nil {
			return p
		}
	}
	return nil
}

func (c *Config) checkNode() *setting.Problem {
	if c.Node.ID != "" && !setting.IsName(c.Node.ID) {
		return setting.Wrong("node.id", "%q: %s", c.Node.ID, setting.NameRule)
	}
	return nil
}

func (c *Config) checkQueues() *setting.Problem {
	switch {
	case c.Spool.Path == "":
		return setting.Wrong("spool.path", "is empty: name the file that keeps alerts until the broker has them")
	case c.Spool.MaxBytes < spool.MinBytes || c.Spool.MaxBytes > spool.MaxBytes:
		return setting.Wrong("spool.max_bytes", "%s", outside(c.Spool.MaxBytes, spool.MinBytes, spool.MaxBytes))
	case c.Spool.MaxRecords < 1 || c.Spool.MaxRecords > spool.MaxRecords:
		return setting.Wrong("spool.max_records", "%d: must be 1 to %d", c.Spool.MaxRecords, spool.MaxRecords)
	case c.Telemetry.Buffer < 1 || c.Telemetry.Buffer > 100_000:
		return setting.Wrong("telemetry.buffer", "%d: must be 1 to 100000", c.Telemetry.Buffer)
	}
	return setting.First(
		setting.Between("telemetry.interval", c.Telemetry.Interval, 0, 24*time.Hour),
		setting.Between("telemetry.status_interval", c.Telemetry.StatusInterval, time.Second, 24*time.Hour),
	)
}

// Values of log.level and log.format.
var (
	logLevels  = []string{"debug", "info", "warn", "error"}
	logFormats = []string{"text", "json"}
)

func (c *Config) checkRest() *setting.Problem {
	if r := c.Decision.ThresholdRatio; !(r >= 0.01 && r <= 100) {
		return setting.Wrong("decision.threshold_ratio", "%g: must be 0.01 to 100; 1 is the model's own threshold", r)
	}
	if d := time.Duration(c.Decision.AdaptTime); d != 0 && (d < time.Hour || d > 8760*time.Hour) {
		return setting.Wrong("decision.adapt_time", "%v: must be 1h to 8760h, or \"0s\" for a threshold that stays", d)
	}
	if l := c.Decision.AdaptLimit; !(l >= 1 && l <= 10) {
		return setting.Wrong("decision.adapt_limit", "%g: must be 1 to 10", l)
	}
	if i := c.Indicator; i.Pin == "" && (i.Relay || i.ActiveLow) {
		return setting.Wrong("indicator.pin", "is missing: name the GPIO, as in \"GPIO24\"")
	}
	if !slices.Contains(logLevels, c.Log.Level) {
		return setting.Wrong("log.level", "%q: write %s", c.Log.Level, setting.Alternatives(logLevels))
	}
	if !slices.Contains(logFormats, c.Log.Format) {
		return setting.Wrong("log.format", "%q: write %s", c.Log.Format, setting.Alternatives(logFormats))
	}
	return nil
}
