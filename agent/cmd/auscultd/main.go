// Command auscultd listens to machines and reports by MQTT what is not normal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/node"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/systemd"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = ""

// Exit codes, from sysexits.h where it has one.
const (
	exitOK      = 0
	exitRuntime = 1
	exitUsage   = 64
	exitNoInput = 66
	exitConfig  = 78
)

const usage = `Usage: auscultd --config FILE [--check-config | --prepare] [--exit-when-done]
       auscultd --first-boot DIR

Listens to the sources in FILE, and in files beside it that add to it
(auscultd.d/*.toml for auscultd.toml, in the order of their names), compares them with what their model says is
normal, and reports states, scores and alerts by MQTT.

  --config FILE      the configuration (TOML)
  --check-config     say whether FILE can be used, and end
  --prepare          set up the sensors that the kernel drives (type = "iio"), give
                     the service what root left in its folder, and end: settings
                     are below /sys, which the service may not write; the unit
                     does so as root before each start
  --exit-when-done   end when all sources are finite and have ended, and
                     everything was sent (or could not be within 10 s)
  --first-boot DIR   take up configuration, model, network and keys that lie in DIR,
                     the FAT partition of a card with our image, say in
                     DIR/auscult-report.txt what became of each, and end
  --version          print the version, and end
  --help             print this text, and end

Example:

  auscultd --config /etc/auscult/auscultd.toml --check-config &&
    auscultd --config /etc/auscult/auscultd.toml

SIGHUP has it read FILE again: sources that did not change go on without a gap,
the log says what changed and what will at the next start only, and losses that
are over count as seen. A file that cannot be used is named, and changes nothing.
Models that are replaced on the disk are taken up by themselves, after they have
checked themselves.

Under systemd (Type=notify) it says when every source has been heard or why not,
what it does, and feeds the watchdog while the sound of all sources makes
progress. SIGINT and SIGTERM end it within two seconds. Alerts that were not sent
stay on the disk for the next start.

Exit codes:
  0   ended as asked, or the configuration can be used
  1   could not run
  64  wrong command line
  66  the configuration, or the machine's id, cannot be read: it may come yet
  78  wrong configuration: the message says file, line and key
`

func main() {
	// A helper is started as this program, which gives up rights and becomes it.
	if err := confine.Main(); err != nil {
		complain(os.Stderr, err)
		os.Exit(exitRuntime)
	}
	// Whoever reads the log may go: that must not take the guard down.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	config               string
	check, exit, version bool
	prepare              bool
	card                 string // of --first-boot
}

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return say(stdout, usage)
	case err != nil:
		complain(stderr, fmt.Errorf("%w; try auscultd --help", err))
		return exitUsage
	case o.version:
		return say(stdout, "auscultd "+versionText()+"\n")
	case o.card != "":
		if err := firstBoot(o.card, stdout); err != nil {
			complain(stderr, err)
			return exitRuntime
		}
		return exitOK
	}
	c, err := config.Load(o.config)
	if err != nil {
		complain(stderr, err)
		return exitOf(err, o.check)
	}
	if o.check {
		if err := c.CheckDevices("/"); err != nil {
			complain(stderr, err)
			return exitConfig
		}
		// Root can read what the service cannot.
		if os.Geteuid() == 0 {
			if err := c.CheckAccess("/"); err != nil {
				complain(stderr, err)
				return exitConfig
			}
		}
		return say(stdout, o.config+": ok\n")
	}
	if o.prepare {
		if err := prepare(&c, "/"); err != nil {
			complain(stderr, err)
			return exitRuntime
		}
		return exitOK
	}
	if err := alone(&c, os.Geteuid()); err != nil {
		complain(stderr, err)
		return exitRuntime
	}
	dumpOnAbort(stderr)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	lines := newLineWriter(stderr)
	defer lines.finish()
	level := new(slog.LevelVar)
	log := newLog(lines, &c.Log, level)
	n, err := node.New(node.Options{Config: c, Version: versionText(), Log: log, ExitWhenDone: o.exit})
	if err != nil {
		complain(stderr, err)
		return exitOf(err, false)
	}
	reload := func() {
		if c, err := config.Load(o.config); err != nil {
			n.Refuse(err)
		} else if _, _, err := n.Reload(c); err != nil {
			n.Refuse(err)
		} else {
			setLevel(level, &c.Log)
		}
	}
	if err := serve(ctx, n, log, hangup, reload); err != nil {
		complain(stderr, err)
		return exitRuntime
	}
	return exitOK
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("auscultd", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are reported by run, in one line
	f.StringVar(&o.config, "config", "", "")
	f.BoolVar(&o.check, "check-config", false, "")
	f.BoolVar(&o.exit, "exit-when-done", false, "")
	f.BoolVar(&o.prepare, "prepare", false, "")
	f.StringVar(&o.card, "first-boot", "", "")
	f.BoolVar(&o.version, "version", false, "")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.config == "" && !o.version && o.card == "":
		return o, errors.New("--config FILE is missing")
	}
	return o, nil
}

// serviceGroup is the group that the service runs with.
const serviceGroup = "auscult"

// prepare does what takes root's rights and the service has not: the settings of sensors
// that the kernel drives are below /sys, which is read-only to it.
func prepare(c *config.Config, root string) error {
	group, err := user.LookupGroup(serviceGroup)
	if err != nil {
		return fmt.Errorf("--prepare: %w", err)
	}
	id, err := strconv.Atoi(group.Gid)
	if err != nil {
		return fmt.Errorf("--prepare: group %s: %w", serviceGroup, err)
	}
	return errors.Join(mendOwners(c), sensor.NewShared(c.Members()).Prepare(sensor.Site{Root: root}, id))
}

// exitOf tells what is wrong, which starting again cannot mend, from what may come yet: a disk that
// is not mounted, a machine that has no id before its first boot is over.
func exitOf(err error, checked bool) int {
	var wrong *config.Error
	switch {
	case checked, errors.As(err, &wrong):
		return exitConfig
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, node.ErrNoID):
		return exitNoInput
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return exitNoInput
	}
	return exitConfig
}

// say writes text that was asked for. That it cannot be written is a failure.
func say(w io.Writer, text string) int {
	if _, err := io.WriteString(w, text); err != nil {
		return exitRuntime
	}
	return exitOK
}

// complain writes one line. Nobody is left to tell when that fails.
func complain(w io.Writer, err error) { _, _ = fmt.Fprintf(w, "auscultd: %v\n", err) }

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// setLevel sets the level from which on lines are written.
func setLevel(v *slog.LevelVar, c *config.Log) {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // config has checked the word
	v.Set(level)
}

func newLog(w io.Writer, c *config.Log, level *slog.LevelVar) *slog.Logger {
	setLevel(level, c)
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// serve runs the node and keeps the service manager informed.
func serve(ctx context.Context, n *node.Node, log *slog.Logger, hangup <-chan os.Signal, reload func()) error {
	notifier := systemd.NewNotifier()
	tell := func(assignments ...string) {
		if _, err := notifier.Notify(assignments...); err != nil {
			log.Warn("service manager not told", "err", err)
		}
	}
	watchdog, err := systemd.WatchdogInterval()
	if err != nil {
		log.Warn("no watchdog", "err", err)
	}
	inform, cancel := context.WithCancel(ctx)
	defer cancel()
	informed := make(chan struct{})
	go func() {
		defer close(informed)
		keepInformed(inform, n, watchdog, tell)
	}()
	var reloads sync.WaitGroup
	reloads.Go(func() {
		for {
			select {
			case <-hangup:
				<-n.Ready()
				reload()
			case <-inform.Done():
				return
			}
		}
	})
	err = n.Run(ctx)
	cancel()
	<-informed
	reloads.Wait()
	return err
}

// settles is how long a source may take until it is known how it is. The service manager waits
// for longer.
const settles = 30 * time.Second

// settled waits until every source has been heard, or it is known why not. It reports whether
// that came before the end of ctx.
func settled(ctx context.Context, n *node.Node, tell func(...string)) bool {
	limit := time.NewTimer(settles)
	defer limit.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	tell(systemd.Status("starting: " + n.Summary()))
	for !n.Settled() {
		select {
		case <-look.C:
		case <-limit.C:
			return true // the status says which is still waited for
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// statusEvery is how often the status text is brought up to date.
const statusEvery = 5 * time.Second

// keepInformed tells the service manager that the node is ready, what it does,
// that it is alive while it is, and that it stops.
func keepInformed(ctx context.Context, n *node.Node, watchdog time.Duration, tell func(...string)) {
	select {
	case <-n.Ready():
	case <-ctx.Done():
		return
	}
	if !settled(ctx, n, tell) {
		return
	}
	last := systemd.Status(n.Summary())
	tell(systemd.Ready, last)
	every := statusEvery
	if watchdog > 0 {
		every = min(every, watchdog/3)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			tell(systemd.Stopping, systemd.Status("stopping"))
			return
		case <-tick.C:
		}
		var news []string
		if watchdog > 0 && n.Alive() {
			news = append(news, systemd.Watchdog)
		}
		if status := systemd.Status(n.Summary()); status != last {
			last = status
			news = append(news, status)
		}
		if len(news) > 0 {
			tell(news...)
		}
	}
}
