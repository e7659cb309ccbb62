package node

import (
	"context"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw/indicator"
)

// recorder is a pin that tells what it was set to.
type recorder struct {
	gpiotest.Pin
	levels chan gpio.Level
}

func (l *recorder) Out(level gpio.Level) error {
	l.levels <- level
	return l.Pin.Out(level)
}

// TestIndicator draws a relay while nothing is wrong, and releases it when the node
// stops.
func TestIndicator(t *testing.T) {
	pin := &recorder{Pin: gpiotest.Pin{N: "RELAY-of-node", Num: -1}, levels: make(chan gpio.Level, 64)}
	if err := gpioreg.Register(pin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gpioreg.Unregister(pin.N) }) // it is registered
	o := testOptions(t, "", config.Source{Name: "fan",
		Sensor: &sensor.WAV{Path: writeWAV(t, sound(part{seconds: 30})), Paced: true}})
	o.Config.Indicator = config.Indicator{Pin: "RELAY-of-node", Relay: true}
	_, stop := start(t, o)
	if first, second := <-pin.levels, <-pin.levels; first != gpio.Low || second != gpio.High {
		t.Errorf("the relay was set to %v, then %v: want it released, then drawn", first, second)
	}
	stop()
	close(pin.levels)
	last := gpio.High
	for level := range pin.levels {
		last = level
	}
	if last != gpio.Low {
		t.Error("the relay is drawn after the end")
	}
}

func TestIndicatorWithoutPin(t *testing.T) {
	o := testOptions(t, "")
	o.Config.Indicator.Pin = "no-such-pin"
	n, stop := start(t, o)
	defer stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-look.C {
		for _, f := range n.Faults() {
			if f.Code == fault.Indicator && strings.Contains(f.Text, "no-such-pin") {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("faults %v: none of the indicator", n.Faults())
		}
	}
}

func TestWorst(t *testing.T) {
	o := testOptions(t, "", config.Source{Name: "a", Sensor: &sensor.Sim{}},
		config.Source{Name: "b", Sensor: &sensor.Sim{}})
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if err := n.Run(ctx); err != nil { // closes the spool
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		a, b state.State
		want state.State
	}{
		{"", "", state.Learning},
		{state.Normal, "", state.Normal},
		{state.Normal, state.Warning, state.Warning},
		{state.Alarm, state.Warning, state.Alarm},
	} {
		n.sources[0].state, n.sources[1].state = c.a, c.b
		if got := n.worst(); got != c.want {
			t.Errorf("%q and %q: %s, want %s", c.a, c.b, got, c.want)
		}
	}
	n.raise(fault.SourceOpen, "b", context.DeadlineExceeded)
	if got := n.worst(); got != state.Alarm {
		t.Errorf("an alarm beside a fault: %s", got)
	}
	n.sources[0].state = state.Normal
	if got := n.worst(); got != state.Fault {
		t.Errorf("a fault: %s", got)
	}
}

// TestSignals holds what each state looks like. A relay is drawn while the machine may be
// believed to run well.
func TestSignals(t *testing.T) {
	for s, want := range map[state.State]indicator.Signal{
		state.Off: {Light: indicator.Dark}, state.Learning: {Light: indicator.Slow, Drawn: true},
		state.Normal: {Light: indicator.Steady, Drawn: true}, state.Warning: {Light: indicator.TwoFlashes, Drawn: true},
		state.Alarm: {Light: indicator.Rapid}, state.Fault: {Light: indicator.ThreeFlashes},
		state.Unfit: {Light: indicator.FourFlashes},
	} {
		if got := signals[s]; got != want {
			t.Errorf("%s: %+v, want %+v", s, got, want)
		}
	}
}
