package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/doctor"
)

type doctorCommand struct {
	Config string        `type:"path" default:"/etc/auscult/auscultd.toml" placeholder:"FILE" help:"The node's configuration. (${default})"`
	Listen time.Duration `default:"3s" placeholder:"TIME" help:"How long to listen to each source; 0s for not at all. (${default})"`
	JSON   bool          `name:"json" help:"Print JSON."`
	Root   string        `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (doctorCommand) Help() string {
	return `Checks what a node needs, one thing after the other, and says what helps: configuration, model,
overlay and driver, groups, each microphone's and accelerometer's rate, losses and level, clock,
disk, and the broker by name, network, encryption and login. Nothing is changed or published. What
the daemon has open cannot be listened to meanwhile: stop the daemon, or give --listen 0s.
Exit code 1 says that something must be mended.

Example:
  auscult doctor
  auscult doctor --config node.toml --json | jq '.checks[] | select(.state != "ok")'`
}

// errUnwell says that a check found a fault.
var errUnwell = errors.New("doctor: something must be mended")

// Run checks everything.
func (c *doctorCommand) Run(ctx context.Context, std streams) error {
	if c.Listen < 0 || c.Listen > time.Hour {
		return usageError{fmt.Errorf("doctor: --listen %v: must be 0s to 1h", c.Listen)}
	}
	up, err := doctor.Examine(ctx, doctor.Options{Config: c.Config, Listen: c.Listen, Root: c.Root})
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(std.out, up)
	} else {
		err = printChecks(std.out, up)
	}
	if err == nil && !up.Well() {
		err = errUnwell
	}
	return err
}

// printChecks prints what was looked at, and what helps.
func printChecks(to io.Writer, up *doctor.Report) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, k := range up.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.State, k.Name, k.Text)
		if k.Fix != "" {
			fmt.Fprintf(w, "\t\t-> %s\n", k.Fix)
		}
	}
	return w.Flush()
}
