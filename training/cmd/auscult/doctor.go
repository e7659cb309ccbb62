package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
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

// health is how a check ended.
type health string

const (
	good health = "ok"
	odd  health = "warning" // it works, but not as well as it could
	bad  health = "fault"
)

// check is one thing that was looked at.
type check struct {
	Name  string `json:"name"`
	State health `json:"state"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"`
}

// checkup collects checks.
type checkup struct {
	Checks []check `json:"checks"`
}

// add adds a check; what is well needs no fix.
func (c *checkup) add(name string, state health, fix, format string, args ...any) {
	if state == good {
		fix = ""
	}
	c.Checks = append(c.Checks, check{Name: name, State: state, Text: fmt.Sprintf(format, args...), Fix: fix})
}

// errUnwell says that a check found a fault.
var errUnwell = errors.New("doctor: something must be mended")

// Run checks everything.
func (c *doctorCommand) Run(ctx context.Context, std streams) error {
	if c.Listen < 0 || c.Listen > time.Hour {
		return usageError{fmt.Errorf("doctor: --listen %v: must be 0s to 1h", c.Listen)}
	}
	up := checkup{Checks: []check{}}
	settings, err := config.Load(c.Config)
	if err != nil {
		up.add("configuration", bad, "auscultd --check-config says the same; the installed file explains every key", "%v", err)
		settings = config.Default()
	} else {
		up.add("configuration", good, "", "%s with %d sources", c.Config, len(settings.Sources))
		up.models(&settings)
	}
	up.sound(ctx, c, &settings)
	up.sensors(ctx, c, &settings)
	up.clock(c.Root)
	up.disk(settings.Spool.Path)
	up.broker(ctx, &settings)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(up)
	} else {
		w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		for _, k := range up.Checks {
			fmt.Fprintf(w, "%s\t%s\t%s\n", k.State, k.Name, k.Text)
			if k.Fix != "" {
				fmt.Fprintf(w, "\t\t-> %s\n", k.Fix)
			}
		}
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	for _, k := range up.Checks {
		if k.State == bad {
			return errUnwell
		}
	}
	return nil
}

// models loads the models that the configuration names.
func (c *checkup) models(settings *config.Config) {
	paths := map[string]bool{}
	for _, s := range settings.Sources {
		path := s.Model
		if path == "" {
			path = settings.Model
		}
		paths[path] = true
	}
	for path := range paths {
		m, err := model.Load(path)
		if errors.Is(err, fs.ErrNotExist) {
			c.add("model", odd, "auscult train makes one; until then the node waits", "%v", err)
			continue
		}
		if err != nil {
			c.add("model", bad, "auscult inspect looks into it; auscult train makes another", "%v", err)
			continue
		}
		c.add("model", good, "", "%s: %s", path, m.Settings.Name)
	}
}

// sound looks at the cards and listens to those that the configuration names, or to
// all when it names none.
func (c *checkup) sound(ctx context.Context, d *doctorCommand, settings *config.Config) {
	if board := alsa.Board(d.Root); board != "" {
		c.add("board", good, "", "%s, %s", board, runtime.GOARCH)
	}
	var names []string
	rates := map[string]int{}
	other := 0
	for _, s := range settings.Sources {
		if s.Type == "alsa" {
			names = append(names, s.Device)
			rates[s.Device] = s.SampleRateHz
		} else {
			other++
		}
	}
	if problem := alsa.Nothing(d.Root); problem != nil {
		state := bad
		if len(names) == 0 && other > 0 { // the node does not listen to a microphone
			state = odd
		}
		c.add("microphone", state, problem.Fix, "%s", problem.Text)
		return
	}
	if len(names) == 0 {
		list, err := alsa.Devices(d.Root)
		if err != nil {
			c.add("microphone", bad, "", "%v", err)
			return
		}
		for _, found := range list {
			names = append(names, found.String())
		}
	}
	for _, name := range names {
		device, err := alsa.Find(d.Root, name)
		if err != nil {
			c.problem("microphone", err)
			continue
		}
		if _, problem := alsa.Check(device, alsa.Options{FS: d.Root}); problem != nil {
			c.problem("microphone", problem)
			continue
		}
		c.add("microphone", good, "", "%s: %s", device, device.Card.Name)
		if d.Listen > 0 {
			c.listen(ctx, d, device.String(), rates[name])
		}
	}
}

// problem adds what is wrong with a device.
func (c *checkup) problem(name string, err error) {
	var p *alsa.Problem
	if !errors.As(err, &p) {
		c.add(name, bad, "", "%v", err)
		return
	}
	c.add(name, bad, p.Fix, "%s", p.Text)
}

// listen captures for a while and judges rate, losses and level.
func (c *checkup) listen(ctx context.Context, d *doctorCommand, name string, rate int) {
	src, err := alsa.Open(name, alsa.Options{FS: d.Root, Rate: physic.Frequency(rate) * physic.Hertz, Buffer: 2 * time.Second})
	if err != nil {
		c.problem("capture", err)
		return
	}
	defer func() { _ = src.Halt() }() // it has said what it had to
	format := src.Format()
	meters := newMeters(format)
	b := hw.Block{PCM: make([]int32, format.Channels*format.SampleRateHz/10)}
	var lost, last uint64
	var first, end time.Time
	for began := time.Now(); time.Since(began) < d.Listen; {
		if err := src.Read(ctx, &b); err != nil {
			if ctx.Err() == nil {
				c.problem("capture", err)
			}
			return
		}
		if first.IsZero() {
			first = b.Time.Add(-time.Duration(b.FirstSample) * time.Second / time.Duration(format.SampleRateHz))
		}
		lost, last, end = lost+b.Lost, b.FirstSample, b.Time
		for ch := range meters {
			meters[ch].WriteChannel(b.PCM, ch, format.Channels)
		}
	}
	ring := src.Ring()
	how := "copied"
	if ring.Mapped {
		how = "mapped"
	}
	c.add("capture", good, "", "%s: %v as %s, period %d, ring %d, %s", name, format, ring.Encoding, ring.Period, ring.Buffer, how)
	if lost > 0 {
		c.add("losses", odd, "see what else keeps the processor busy", "%s: %d samples lost in %v", name, lost, d.Listen)
	} else {
		c.add("losses", good, "", "%s: none in %v", name, d.Listen)
	}
	if took := end.Sub(first).Seconds(); took >= 1 {
		off := (float64(last)/took/float64(format.SampleRateHz) - 1) * 1e6
		// What the kernel's times are good for over this span.
		doubt := 5e3 / took
		state := good
		if off > 1000+doubt || off < -1000-doubt {
			state = odd
		}
		c.add("rate", state, "the bus has another clock than the driver thinks: check overlay and crystal",
			"%s: %.0f samples/s, %+.0f ppm (measured to %.0f ppm)", name, float64(last)/took, off, doubt)
	}
	var sum recordSummary
	sum.measure(meters, channelNames(src, format.Channels))
	for _, ch := range sum.Channels {
		c.add("level", good, "", "%s %s: level %s dBFS, peak %s dBFS, DC %+.4f", name, ch.Channel, decibels(ch.RMSDBFS), decibels(ch.PeakDBFS), ch.DC)
	}
	for _, warning := range sum.Warnings {
		c.add("level", odd, "", "%s", warning)
	}
}

// clock asks whether the time can be trusted.
func (c *checkup) clock(root string) {
	if clock.Synced(root) {
		c.add("clock", good, "", "synchronised, %s", time.Now().UTC().Format(time.RFC3339))
		return
	}
	c.add("clock", odd, "let systemd-timesyncd, chrony or ntpd reach a time server", "not synchronised: messages say so beside their time")
}

// Disk space below which a node is not safe, and below which to say something.
const (
	diskBad = 64 << 20
	diskOdd = 512 << 20
)

// disk looks at where the spool is kept.
func (c *checkup) disk(path string) {
	folder := filepath.Dir(path)
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		c.add("disk", bad, "make the folder, owned by the daemon's user", "%s: %v", folder, err)
		return
	}
	free := st.Bavail * uint64(st.Bsize)
	state := good
	switch {
	case free < diskBad:
		state = bad
	case free < diskOdd:
		state = odd
	}
	c.add("disk", state, "remove old recordings and logs", "%d MiB free in %s", free>>20, folder)
	content, err := spool.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, spool.ErrForeign):
		c.add("spool", bad, "move it away, or name another file in spool.path", "%v", err)
	case err != nil:
		c.add("spool", odd, "run auscult as root or as the daemon's user", "%v", err)
	case content.Damage != nil:
		c.add("spool", odd, "auscultd mends it when it starts", "%s: %v", path, content.Damage)
	default:
		c.add("spool", good, "", "%s: %d alerts wait", path, len(content.Records))
	}
}
