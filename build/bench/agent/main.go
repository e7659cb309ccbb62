// Command agent says how late a node tells what it hears, what memory it takes and what it writes,
// and fails where that is more than it may be.
//
//	agent -daemon auscultd -model conv.tflite -broker mosquitto
//
// It runs the daemon with recordings that are made here, played at their own pace, with a broker
// beside it on loopback, and subscribes to what it publishes. A score tells when its window ended;
// how late it is, is what the clock shows when it arrives. Memory is the resident set that the
// kernel counts, bytes written are those of /proc/PID/io. Flatness is looked at by playing sound as
// fast as the processor goes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/auscult/auscult/build/torture/brokers"
)

// Bars.
const (
	latencyMS  = 20
	oneMiB     = 32 // resident, one source
	sixteenMiB = 64
	quietMB    = 0.1 // written in a day
	alertKiB   = 8.
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	daemon, model, folder string
	broker                string // address
	seconds               int
	missed                int
}

func run(ctx context.Context) (err error) {
	b := &bench{}
	flag.StringVar(&b.daemon, "daemon", "", "the auscultd to measure")
	flag.StringVar(&b.model, "model", "", "a model of its own kind, as auscult train writes it")
	broker := flag.String("broker", "mosquitto", "the program")
	flag.IntVar(&b.seconds, "seconds", 60, "of each measurement, or of the noise")
	hours := flag.Float64("hours", 1, "of sound that is played fast")
	sound := flag.String("sound", "", "write noise to this file, and end")
	flag.Parse()
	if *sound != "" {
		even, _ := sounds(b.seconds)
		return writeSound(*sound, even)
	}
	if b.daemon == "" || b.model == "" {
		return errors.New("name -daemon and -model")
	}
	if b.folder, err = os.MkdirTemp("", "bench-agent-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	data := filepath.Join(b.folder, "broker")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	server, err := brokers.New(brokers.Mosquitto, *broker, data)
	if err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// As it is installed: one that saves at each change passes messages on 10 to 40 ms later.
	if err := errors.Join(server.Set(starting, brokers.Rules{Volatile: true}), server.Start(starting)); err != nil {
		return err
	}
	defer server.Close()
	b.broker = server.Address
	if err := writeSounds(b.folder); err != nil {
		return err
	}
	for _, measure := range []func(context.Context) error{b.latency, b.memory, b.written,
		func(ctx context.Context) error { return b.flat(ctx, *hours) }} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	if b.missed > 0 {
		return fmt.Errorf("%d bars missed", b.missed)
	}
	return nil
}

// show prints a figure beside its bar.
func (b *bench) show(what string, got, bar float64, unit string) {
	verdict := "ok"
	if got > bar {
		verdict = "MISSED"
		b.missed++
	}
	fmt.Printf("%-52s %9.3g %-4s (bar %g) %s\n", what, got, unit, bar, verdict)
}

// wait waits, unless the end was ordered.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
