package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/devices"
)

type devicesCommand struct {
	JSON bool   `name:"json" help:"Print JSON."`
	Root string `type:"path" default:"/" hidden:"" help:"Where /proc, /sys and /dev are."`
}

// Help shows a use.
func (devicesCommand) Help() string {
	return `Lists the microphones and the buses of accelerometers that this machine has, with the name to
write into the configuration, and says what is wrong with each and what helps. The names stay the
same from boot to boot. Nothing is changed, and no sample is read. On an I2C bus that nobody else
uses, accelerometers are asked at their addresses which they are; on SPI nobody is asked, since a
question to one chip may be an order to another.

Example:
  auscult devices
  auscult devices --json | jq '.microphones[].name'`
}

// Run lists the devices.
func (c *devicesCommand) Run(std streams) error {
	found, err := devices.Look(c.Root)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, found)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if found.Board != "" {
		fmt.Fprintf(w, "board\t%s\n", found.Board)
	}
	for _, m := range found.Microphones {
		fmt.Fprintf(w, "microphone\t%s\t%s\n", m.Name, m.Text)
		if m.Can != "" {
			fmt.Fprintf(w, "\t\t%s\n", m.Can)
		}
		if m.Mixer != "" {
			fmt.Fprintf(w, "\t\tmixer: %s\n", printable(m.Mixer))
		}
		if len(m.Changing) > 0 {
			fmt.Fprintf(w, "\t\tthere is another of its kind: may be that one after a restart: %s\n", strings.Join(m.Changing, " "))
		}
		if m.Problem != nil {
			fmt.Fprintf(w, "\t\tproblem: %s\n", m.Problem)
		}
	}
	if found.Problem != nil {
		fmt.Fprintf(w, "microphone\tnone\t%s\n", found.Problem)
	}
	for _, b := range found.Buses {
		if b.Name == "" {
			fmt.Fprintf(w, "%s\tnone\t%s\n", b.Kind, b.Problem)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", b.Kind, b.Name, b.Text)
		for _, a := range b.Answers {
			fmt.Fprintf(w, "\t\tat %#02x answers %s\n", a.Address, a.Chip)
		}
		if b.UsedBy != "" {
			fmt.Fprintf(w, "\t\tused by %s\n", b.UsedBy)
		}
		if b.Problem != nil {
			fmt.Fprintf(w, "\t\tproblem: %s\n", b.Problem)
		}
	}
	return w.Flush()
}
