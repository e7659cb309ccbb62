//go:build delegates

package node

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/sensor"
)

// These tests need libraries that build/delegates/run fetches.
var (
	libraries = flag.String("libraries", "", "folder of runtimes: tflite-VERSION.so and litert.so")
	helper    = flag.String("helper", "", "auscult-delegate")
)

// children returns the processes of this one that run a program.
func children(t *testing.T, program string) (pids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		var pid, parent int
		var state string
		after := text[strings.LastIndexByte(string(text), ')')+1:]
		if _, err := fmt.Sscan(string(after), &state, &parent); err != nil || parent != os.Getpid() || state == "Z" {
			continue
		}
		if _, err := fmt.Sscan(filepath.Base(filepath.Dir(path)), &pid); err != nil {
			continue
		}
		if exe, err := os.Readlink(filepath.Join(filepath.Dir(path), "exe")); err == nil && exe == program {
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestLibraries has a whole node compute by LiteRT and by TensorFlow Lite: auto tries and names both, and when
// a helper is killed again and again, no score is missing and the fault comes and goes.
func TestLibraries(t *testing.T) {
	if *libraries == "" || *helper == "" {
		t.Fatal("no libraries: run 'make delegates'")
	}
	program, err := filepath.Abs(*helper)
	if err != nil {
		t.Fatal(err)
	}
	found := func(name string) string {
		path, err := filepath.Abs(filepath.Join(*libraries, name))
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	address := freeAddress(t)
	options := func(t *testing.T, backend string, log *journal) Options {
		o := testOptions(t, "tcp://"+address, config.Source{
			Name: "fan", Sensor: &sensor.Sim{SampleRateHz: rate, Paced: true},
		})
		o.Now, o.Log = nil, slog.New(slog.NewTextHandler(log, nil))
		o.Config.Telemetry.Interval = 0
		o.Config.Backend = backend
		o.Config.Delegate.Program, o.Config.Delegate.StartsPerHour = program, 1000
		o.Config.Delegate.TFLite, o.Config.Delegate.LiteRT = found("tflite-2.21.so"), found("litert.so")
		return o
	}

	t.Run(delegate.Auto, func(t *testing.T) {
		var log journal
		_, stop := start(t, options(t, delegate.Auto, &log))
		eventually(t, "a backend is taken", func() bool { return log.has(`msg="backend taken"`) })
		stop()
		for _, want := range []string{"backend=go latency_us=", "backend=tflite latency_us=", "backend=litert latency_us=",
			"backend=edgetpu not_taken="} {
			if !log.has(want) {
				t.Errorf("no %q in\n%s", want, &log)
			}
		}
		t.Log(log.String()[strings.LastIndex(log.String(), "backend taken"):])
	})
	for _, backend := range []string{delegate.TFLite, delegate.LiteRT} {
		t.Run(backend, func(t *testing.T) {
			var got office
			closeBroker := got.openBroker(t, address)
			defer closeBroker()
			var log journal
			_, stop := start(t, options(t, backend, &log))
			defer func() {
				stop()
				if t.Failed() {
					t.Log(&log)
				}
			}()
			const kills = 5
			for range kills {
				var pids []int
				var faults int
				eventually(t, "a helper computes", func() bool {
					pids, faults = children(t, program), log.count("msg=fault code=delegate")
					return len(pids) == 1 && log.count(`msg="fault is over" code=delegate`) == faults
				})
				before := len(got.on("/score"))
				eventually(t, "scores arrive", func() bool { return len(got.on("/score")) > before+2 })
				// On a busy machine it may have been late meanwhile, and have been ended.
				if err := unix.Kill(pids[0], unix.SIGKILL); err != nil && err != unix.ESRCH {
					t.Fatal(err)
				}
				eventually(t, "the fault is told", func() bool { return log.count("msg=fault code=delegate") > faults })
			}
			stop()
			evenly(t, got.on("/score"))
			t.Logf("%s: %d kills, %d scores, none missing", backend, kills, len(got.on("/score")))
		})
	}
}

// evenly wants scores at equal distances.
func evenly(t *testing.T, scores []letter) {
	t.Helper()
	var last time.Time
	var step time.Duration
	for _, l := range scores {
		var m struct{ Time time.Time }
		if err := json.Unmarshal([]byte(l.payload), &m); err != nil {
			t.Fatal(err)
		}
		d := m.Time.Sub(last)
		switch {
		case last.IsZero():
		case step == 0:
			step = d
		case (d - step).Abs() > 5*time.Millisecond:
			t.Errorf("%v between two scores, %v before: one is missing", d, step)
		}
		last = m.Time
	}
}
