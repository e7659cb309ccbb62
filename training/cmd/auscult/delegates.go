package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/accelerator"
	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite/backend/confine"
)

type delegatesCommand struct {
	Model string `type:"path" placeholder:"FILE" help:"Try all that are here on this model, and say which 'auto' would take."`
	JSON  bool   `name:"json" help:"Print JSON."`
	Root  string `type:"path" default:"/" hidden:"" help:"Where /sys, /dev and libraries are."`
}

// Help shows a use.
func (delegatesCommand) Help() string {
	return `Lists what could compute a model besides the processor's Go kernels: runtimes and vendors' plugins
(shared libraries), accelerators and whether this user may open them, and what is wrong with each and
what helps. With --model all are started, checked against the model's golden pair and measured, as
'backend = "auto"' does.

Example:
  auscult delegates
  auscult delegates --model pump.tflite
  auscult delegates --json | jq '.devices[] | select(.problem)'`
}

// delegatesFound is what the command prints.
type delegatesFound struct {
	Program   string               `json:"program,omitempty"` // auscult-delegate
	Problem   string               `json:"problem,omitempty"` // why there is none
	Libraries []foundLibrary       `json:"libraries"`
	Devices   []accelerator.Device `json:"devices"`
	Missing   []string             `json:"kernel_lacks,omitempty"` // so that helpers keep rights that they need not
	Tried     []delegate.Measured  `json:"tried,omitempty"`
	Taken     string               `json:"taken,omitempty"`
}

// foundLibrary is a library with what it says of itself.
type foundLibrary struct {
	accelerator.Library
	Version string `json:"version,omitempty"`
}

// Run looks and prints.
func (c *delegatesCommand) Run(ctx context.Context, std streams) error {
	found := delegatesFound{Devices: accelerator.Devices(c.Root), Missing: confine.Missing(), Libraries: []foundLibrary{}}
	if found.Devices == nil {
		found.Devices = []accelerator.Device{}
	}
	program, err := (&delegate.Setup{}).FindProgram()
	if found.Program = program; err != nil {
		found.Program, found.Problem = "", err.Error()
	}
	for _, l := range accelerator.Libraries(c.Root) {
		found.Libraries = append(found.Libraries, foundLibrary{l, versionOf(ctx, found.Program, &l)})
	}
	if c.Model != "" {
		m, err := model.Load(c.Model)
		if err != nil {
			return err
		}
		if m.KeepsState() {
			return fmt.Errorf("delegates: %s keeps state from one window to the next: only the Go kernels compute it", c.Model)
		}
		setup := delegate.Setup{Backend: delegate.Auto, Threads: 1, Root: c.Root}
		candidates, _ := setup.Candidates()
		limits := delegate.DefaultLimits()
		limits.Deadline = delegate.Deadline(&m.Settings)
		if found.Taken, found.Tried, err = delegate.Choose(ctx, m, candidates, limits); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(std.out, found)
	}
	return found.print(std.out)
}

// versionLimit is how long a library may take to say its version.
const versionLimit = 5 * time.Second

// versionOf lets auscult-delegate ask a library, in a process of its own.
func versionOf(ctx context.Context, program string, l *accelerator.Library) string {
	if program == "" || l.Problem != "" || l.Kind != accelerator.TFLite {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	said, err := exec.CommandContext(ctx, program, "--backend", l.Kind, "--library", l.Path, "--about").Output()
	if err != nil || len(said) > 256 {
		return ""
	}
	return strings.TrimSpace(string(said))
}

func (f *delegatesFound) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if f.Problem != "" {
		fmt.Fprintf(w, "program\tnone\t%s\n", printable(f.Problem))
	} else {
		fmt.Fprintf(w, "program\t%s\n", printable(f.Program))
	}
	for _, l := range f.Libraries {
		text := fmt.Sprintf("%d functions", l.Functions)
		if l.XNNPACK {
			text += ", XNNPACK"
		}
		for _, more := range []string{l.Version, l.For} {
			if more != "" {
				text = more + ", " + text
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", l.Kind, printable(l.Path), printable(text))
		if l.Problem != "" {
			fmt.Fprintf(w, "\t\tproblem: %s\n", printable(l.Problem))
		}
	}
	if len(f.Libraries) == 0 {
		fmt.Fprintln(w, "library\tnone\tneither a runtime nor a plugin is where systems, vendors and Python keep them")
	}
	for _, d := range f.Devices {
		fmt.Fprintf(w, "device\t%s\t%s: %s\n", d.Path, d.Text, d.Backend)
		if d.Problem != "" {
			fmt.Fprintf(w, "\t\tproblem: %s: %s\n", printable(d.Problem), printable(d.Fix))
		}
	}
	if len(f.Devices) == 0 {
		fmt.Fprintln(w, "device\tnone\tno accelerator that is known")
	}
	if len(f.Missing) > 0 {
		fmt.Fprintf(w, "kernel\t\thas no %s: helpers keep rights that they need not\n", strings.Join(f.Missing, " and no "))
	}
	for _, t := range f.Tried {
		fmt.Fprintf(w, "tried\t%s\t%s\n", t.Name, printable(triedText(&t, f.Taken)))
	}
	return w.Flush()
}

// triedText says how a trial ended.
func triedText(t *delegate.Measured, taken string) string {
	var text string
	if t.Latency > 0 {
		text = fmt.Sprintf("%.1f µs a window", float64(t.Latency.Nanoseconds())/1e3)
	}
	if t.Text != "" {
		text += ", " + t.Text
	}
	if t.Name == taken {
		text += ": taken"
	} else if t.Missing != "" {
		text += ": " + t.Missing
	}
	return strings.TrimLeft(text, ", :")
}
