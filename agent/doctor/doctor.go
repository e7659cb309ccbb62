package doctor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/config"
)

// Health is how a check ended.
type Health string

const (
	good Health = "ok"
	odd  Health = "warning" // it works, but not as well as it could
	bad  Health = "fault"
)

// Check is one thing that was looked at.
type Check struct {
	Name  string `json:"name"`
	State Health `json:"state"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"` // what helps; empty when it is well
}

// Report is all that was looked at, in order.
type Report struct {
	Checks []Check `json:"checks"`
}

// Well reports whether no check found a fault.
func (c *Report) Well() bool {
	for _, k := range c.Checks {
		if k.State == bad {
			return false
		}
	}
	return true
}

// add adds a check; what is well needs no fix.
func (c *Report) add(name string, state Health, fix, format string, args ...any) {
	if state == good {
		fix = ""
	}
	c.Checks = append(c.Checks, Check{Name: name, State: state, Text: fmt.Sprintf(format, args...), Fix: fix})
}

// Options say what is examined.
type Options struct {
	Config string        // the node's configuration
	Listen time.Duration // to each source; 0: not at all
	Root   string        // where /proc, /sys and /dev are
}

// forService reports whether a configuration is one that the service will read: the installed one, or any that root
// asks about. Whoever runs the daemon by hand runs it with rights of their own.
func forService(path string) bool {
	return os.Geteuid() == 0 || strings.HasPrefix(path, "/etc/auscult/")
}

// Examine looks at everything that a node needs. The error is the context's.
func Examine(ctx context.Context, o Options) (*Report, error) {
	up := &Report{Checks: []Check{}}
	settings, err := config.Load(o.Config)
	if err != nil {
		up.add("configuration", bad, "auscultd --check-config says the same; the installed file explains every key", "%v", err)
		settings = config.Default()
	} else {
		up.add("configuration", good, "", "%s with %d sources", o.Config, len(settings.Sources))
		if err := settings.CheckDevices(o.Root); err != nil {
			up.add("configuration", bad, "write the same in both, or leave one out", "%v", err)
		}
		if forService(o.Config) {
			if err := settings.CheckAccess(o.Root); err != nil {
				up.add("access", bad, "sudo install -o auscult -m 640 FILE /var/lib/auscult/, and name it there", "%v", err)
			}
		}
		up.models(o.Root, &settings)
	}
	up.sound(ctx, o, &settings)
	up.sensors(ctx, o, &settings)
	up.delegates(o.Root, &settings)
	up.clock(o.Root)
	up.disk(settings.Spool.Path)
	up.broker(ctx, &settings)
	return up, ctx.Err()
}
