package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/auscult/auscult/build/torture/brokers"
)

func main() {
	code, err := start(os.Args[1:])
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "torture:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func start(args []string) (int, error) {
	switch {
	case len(args) > 2 && args[0] == denyCommand:
		return 0, deny(args[1:])
	case len(args) > 0 && args[0] == nodeCommand:
		return 0, runNode(args[1:])
	case os.Getenv(spaceVariable) == "":
		return ownSpace(args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return 0, run(ctx, args, os.Stdout, os.Stderr)
}

// options are the command line, and what follows of it.
type options struct {
	daemon, nats, only    string
	long, json, keepFiles bool
	kills                 int // of the daemon, in each lane
	seed                  uint64
	scratch, inputs       string
	progress              io.Writer
}

const (
	killsShort = 80
	killsLong  = 1200
)

func parse(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("torture", flag.ContinueOnError)
	f.StringVar(&o.daemon, "daemon", "", "the auscultd to try")
	f.StringVar(&o.nats, "nats", "nats-server", "the NATS server to try it with")
	f.StringVar(&o.only, "only", "", "cases whose lane and name contain this, as in mosquitto-5/acl")
	f.BoolVar(&o.long, "long", false, "many times as often: half an hour and more")
	f.IntVar(&o.kills, "kills", 0, fmt.Sprintf("of the daemon, over all lanes; 0: %d, or %d with --long", killsShort, killsLong))
	f.BoolVar(&o.json, "json", false, "write JSON, not a table")
	f.BoolVar(&o.keepFiles, "keep", false, "leave what was written, and say where")
	f.Uint64Var(&o.seed, "seed", rand.Uint64(), "of random moments")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if o.daemon == "" || f.NArg() > 0 {
		return nil, errors.New("name the daemon: --daemon build/out/bin/auscultd")
	}
	var err error
	if o.daemon, err = filepath.Abs(o.daemon); err != nil {
		return nil, err
	}
	switch {
	case o.kills == 0 && o.long:
		o.kills = killsLong
	case o.kills == 0:
		o.kills = killsShort
	}
	return o, nil
}

// lane is one broker with its cases.
type lane struct {
	name     string
	kind     brokers.Kind
	protocol string
	cases    []testCase
	broker   *brokers.Broker
}

// testCase is one kind of misfortune.
type testCase struct {
	name string
	run  func(*trial) error
}

// lanes are all that is tried.
func lanes() []*lane {
	over := func(own ...testCase) []testCase {
		return append([]testCase{
			{"clean", clean}, {"kill-daemon", killDaemon}, {"kill-broker", killBroker}, {"pause-broker", pauseBroker},
			{"half-open", halfOpen}, {"slow", slow}, {"refuse", refuse}, {"drop-acks", dropAcks}, {"cut-packets", cutPackets},
			{"acl", denied}, {"size", tooLong},
		}, own...)
	}
	plugin := testCase{"plugin-drops", swallowed}
	return []*lane{
		{name: "mosquitto-5", kind: brokers.Mosquitto, protocol: "5", cases: over()},
		{name: "mosquitto-3.1.1", kind: brokers.Mosquitto, protocol: "3.1.1", cases: over(plugin)},
		{name: "nats", kind: brokers.NATS, protocol: "auto", cases: over(plugin)},
		{name: "rabbitmq", kind: brokers.RabbitMQ, protocol: "auto", cases: over(plugin)},
		{name: "disk", kind: brokers.Mosquitto, protocol: "auto", cases: []testCase{
			{"full", diskFull}, {"read-only", readOnly},
			{"write-fails", brokenDisk(callWrite)}, {"sync-fails", brokenDisk(callSync)},
			{"folder-gone", folderGone}, {"file-damaged", cutFile}, {"clock-steps", clockSteps}, {"outage-24h", outage},
			{"storm", storm}, {"reconnects", reconnects},
		}},
	}
}

// run tries everything.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	o.progress = stderr
	if o.scratch, err = os.MkdirTemp("", "torture-"); err != nil {
		return err
	}
	if o.keepFiles {
		_, _ = fmt.Fprintln(stderr, "files are in", o.scratch)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(o.scratch)) }()
	}
	o.inputs = filepath.Join(o.scratch, "inputs")
	if err := os.Mkdir(o.inputs, 0o700); err != nil {
		return err
	}
	if err := writeInputs(o.inputs, 16); err != nil {
		return err
	}
	began := time.Now()
	rows, err := tryAll(ctx, o)
	if err != nil {
		return err
	}
	return report(o, rows, time.Since(began), stdout)
}

// tryAll runs all lanes side by side.
func tryAll(ctx context.Context, o *options) (rows []row, err error) {
	var all []*lane
	killing := 0
	for _, l := range lanes() {
		var wanted []testCase
		for _, c := range l.cases {
			if strings.Contains(l.name+"/"+c.name, o.only) {
				wanted = append(wanted, c)
			}
		}
		if l.cases = wanted; len(wanted) > 0 {
			all = append(all, l)
			if l.name != "disk" {
				killing++
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no case contains %q", o.only)
	}
	o.kills = (o.kills + max(killing, 1) - 1) / max(killing, 1)
	results := make([][]row, len(all))
	failures := make([]error, len(all))
	var work sync.WaitGroup
	for i, l := range all {
		work.Go(func() { results[i], failures[i] = l.run(ctx, o) })
	}
	work.Wait()
	for i := range all {
		rows = append(rows, results[i]...)
	}
	return rows, errors.Join(failures...)
}

// run starts the lane's broker and tries its cases.
func (l *lane) run(ctx context.Context, o *options) (rows []row, err error) {
	program := l.kind.Program()
	switch l.kind {
	case brokers.NATS:
		program = o.nats
	case brokers.RabbitMQ:
		// The script in the path changes the user.
		program = "/usr/lib/rabbitmq/bin/" + program
	}
	if program, err = exec.LookPath(program); err != nil {
		return nil, fmt.Errorf("%w: install it, see docs/torture.md", err)
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	folder := filepath.Join(o.scratch, l.name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	if l.broker, err = brokers.New(l.kind, program, folder); err != nil {
		return nil, err
	}
	defer l.broker.Close()
	starting, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	if err := l.broker.Start(starting); err != nil {
		return nil, err
	}
	for i := range l.cases {
		r := l.try(ctx, o, &l.cases[i])
		if ctx.Err() != nil {
			return rows, ctx.Err()
		}
		rows = append(rows, r)
		_, _ = fmt.Fprintln(o.progress, r.line())
	}
	return rows, nil
}

// try tries one case.
func (l *lane) try(ctx context.Context, o *options, c *testCase) row {
	began := time.Now()
	r := row{Lane: l.name, Case: c.name}
	t, err := newTrial(ctx, o, l, c)
	if err == nil {
		err = errors.Join(c.run(t), t.settle())
		r.Result, r.Notes = t.ledger.Close(), t.notes
		t.close()
	}
	r.Seconds = time.Since(began).Seconds()
	if err != nil {
		r.Error = err.Error()
	}
	return r
}
