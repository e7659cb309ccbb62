package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/auscult/auscult/build/torture/brokers"
)

// setup is what a daemon is started with.
type setup struct {
	sources  int
	sound    string // file in the bench's folder
	fast     bool
	interval string // between two scores
	ratio    float64
}

// daemon is one that runs.
type daemon struct {
	cmd *exec.Cmd
	log bytes.Buffer
}

func (b *bench) start(s setup) (*daemon, error) {
	secret := filepath.Join(b.folder, "password")
	if err := os.WriteFile(secret, []byte(brokers.Password), 0o600); err != nil {
		return nil, err
	}
	model, err := filepath.Abs(b.model)
	if err != nil {
		return nil, err
	}
	var c strings.Builder
	fmt.Fprintf(&c, "model = %q\n[node]\nid = \"bench\"\n[mqtt]\nbroker = \"mqtt://%s\"\nusername = %q\npassword_file = %q\n",
		model, b.broker, brokers.NodeUser, secret)
	fmt.Fprintf(&c, "[spool]\npath = %q\n[telemetry]\ninterval = %q\n[decision]\nthreshold_ratio = %g\n",
		filepath.Join(b.folder, "alerts.spool"), s.interval, s.ratio)
	for i := range s.sources {
		fmt.Fprintf(&c, "[[source]]\nname = \"s%d\"\ntype = \"wav\"\npath = %q\npaced = %t\nloop = true\n",
			i, filepath.Join(b.folder, s.sound), !s.fast)
	}
	path := filepath.Join(b.folder, "auscultd.toml")
	if err := os.WriteFile(path, []byte(c.String()), 0o600); err != nil {
		return nil, err
	}
	d := &daemon{cmd: exec.Command(b.daemon, "--config", path)}
	d.cmd.Stderr = &d.log
	return d, d.cmd.Start()
}

// stop ends the daemon. One that has ended by itself is a failure.
func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the daemon ended by itself: %w: %s", err, d.log.String())
	}
	if err := d.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, d.log.String())
	}
	return nil
}

// during runs a daemon while something is measured.
func (b *bench) during(ctx context.Context, s setup, measure func(context.Context, *daemon) error) error {
	d, err := b.start(s)
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, d), d.stop())
}

// field reads a number of a file of the daemon below /proc.
func (d *daemon) field(file, name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", d.cmd.Process.Pid, file))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, name+":"); ok {
			var v float64
			_, err := fmt.Sscan(rest, &v)
			return v, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}

// mib is the resident set.
func (d *daemon) mib() (float64, error) {
	kib, err := d.field("status", "VmRSS")
	return kib / 1024, err
}
