package config

import (
	"os"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/setting"
)

// Delegate says what helpers are made of, for backends other than "go".
type Delegate struct {
	Program       string   `toml:"program"` // auscult-delegate; empty: beside this program
	TFLite        string   `toml:"tflite"`  // TensorFlow Lite's library; empty: the first that is found
	LiteRT        string   `toml:"litert"`  // likewise
	Plugin        string   `toml:"plugin"`  // external delegate: FILE,KEY=VALUE…
	Accelerators  []string `toml:"accelerators"`
	Args          []string `toml:"args"` // of the program of exec:
	Threads       int      `toml:"threads"`
	MemoryMax     Bytes    `toml:"memory_max"`
	Tolerance     int      `toml:"tolerance_codes"`
	StartsPerHour int      `toml:"starts_per_hour"`
}

// defaultDelegate is the table of an empty file.
func defaultDelegate() Delegate {
	return Delegate{
		Accelerators: []string{"cpu"}, Args: []string{}, Threads: 1, MemoryMax: delegate.DefaultMemoryBytes,
		Tolerance: delegate.DefaultToleranceCodes, StartsPerHour: delegate.DefaultStartsPerHour,
	}
}

// BackendOf returns what computes a source's model.
func (c *Config) BackendOf(s *Source) string {
	if s.Backend != "" {
		return s.Backend
	}
	return c.Backend
}

// DelegateOf returns what a source's helpers are made of; libraries and devices are looked for below root.
func (c *Config) DelegateOf(s *Source, root string) delegate.Setup {
	d := &c.Delegate
	return delegate.Setup{
		Backend: c.BackendOf(s), Program: d.Program, TFLite: d.TFLite, LiteRT: d.LiteRT, Plugin: d.Plugin,
		Accelerators: d.Accelerators, Args: d.Args, Threads: d.Threads, MemoryBytes: int64(d.MemoryMax), Root: root,
		Models: map[string]string{
			delegate.TFLite: s.ModelTFLite, delegate.LiteRT: s.ModelLiteRT, delegate.EdgeTPU: s.ModelEdgeTPU,
			delegate.Exec: s.ModelExec,
		},
		Hide: c.secrets(),
	}
}

// secrets are files and folders that no helper needs to see.
func (c *Config) secrets() []string {
	var all []string
	for _, path := range []string{
		"/etc/auscult", os.Getenv("CREDENTIALS_DIRECTORY"), c.Spool.Path, c.MQTT.PasswordFile, c.MQTT.TLS.KeyFile,
	} {
		if path != "" {
			all = append(all, path)
		}
	}
	return all
}

// checkBackend checks the name of a backend at a key.
func checkBackend(key, name string) *setting.Problem {
	if err := delegate.CheckName(name); err != nil {
		return setting.Wrong(key, "%v", err)
	}
	return nil
}

// checkDelegate checks the table.
func (c *Config) checkDelegate() *setting.Problem {
	if p := checkBackend("backend", c.Backend); p != nil {
		return p
	}
	d := &c.Delegate
	if err := delegate.CheckAccelerators(d.Accelerators); err != nil {
		return setting.Wrong("delegate.accelerators", "%v", err)
	}
	if err := delegate.CheckPlugin(d.Plugin); err != nil {
		return setting.Wrong("delegate.plugin", "%v", err)
	}
	switch {
	case d.Threads < 1 || d.Threads > 64:
		return setting.Wrong("delegate.threads", "%d: must be 1 to 64", d.Threads)
	case d.MemoryMax < 16<<20 || d.MemoryMax > 64<<30:
		return setting.Wrong("delegate.memory_max", "%s", outside(d.MemoryMax, 16<<20, 64<<30))
	case d.Tolerance < 0 || d.Tolerance > 16:
		return setting.Wrong("delegate.tolerance_codes", "%d: must be 0 to 16 codes", d.Tolerance)
	case d.StartsPerHour < 1 || d.StartsPerHour > 360:
		return setting.Wrong("delegate.starts_per_hour", "%d: must be 1 to 360", d.StartsPerHour)
	}
	return nil
}
