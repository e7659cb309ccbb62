package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
)

// pausing is a source that gives a block a second, with a pause before its tenth.
type pausing struct {
	hung
	pause  time.Duration
	blocks int
}

func (p *pausing) Read(ctx context.Context, b *hw.Block) error {
	wait := time.Second
	if p.blocks++; p.blocks == 10 {
		wait = p.pause
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
	}
	b.PCM = b.PCM[:cap(b.PCM)]
	b.FirstSample = uint64((p.blocks - 1) * len(b.PCM))
	b.Time = time.Now()
	return nil
}

// TestAStalledSource has a fault after ten seconds without a block, and makes the node
// dead after thirty; both end with the next block.
func TestAStalledSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &pausing{pause: 40 * time.Second}
		o := testOptions(t, "", config.Source{Name: "fan", Sensor: opener(func(sensor.Site) (hw.Source, error) {
			return src, nil
		})})
		o.Now = time.Now
		n, stop := start(t, o)
		stalled := func() bool {
			return slices.ContainsFunc(n.Faults(), func(f fault.Fault) bool {
				return f.Code == fault.SourceStalled && f.Source == "fan" && strings.Contains(f.Text, "nothing for 10s")
			})
		}
		at := time.Duration(0)
		for _, c := range []struct {
			at             time.Duration // since the start; the last block comes after 9 s
			stalled, alive bool
		}{
			{5500 * time.Millisecond, false, true},
			{18500 * time.Millisecond, false, true},
			{20500 * time.Millisecond, true, true},
			{38500 * time.Millisecond, true, true},
			{40500 * time.Millisecond, true, false},
			{51500 * time.Millisecond, false, true}, // the next came after 49 s
		} {
			time.Sleep(c.at - at)
			at = c.at
			synctest.Wait()
			if stalled() != c.stalled || n.Alive() != c.alive {
				t.Errorf("after %v: stalled %t, alive %t, want %t, %t", at, stalled(), n.Alive(), c.stalled, c.alive)
			}
		}
		stop()
	})
}

// statuses is a sink that notes when a status was given to it.
type statuses struct{ at []time.Time }

func (s *statuses) Take(e message.Event) {
	if _, ok := e.(*message.Status); ok {
		s.at = append(s.at, time.Now())
	}
}

// TestStatusPace sends the first change at once, those that follow together shortly
// after, and else a status at every interval.
func TestStatusPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOptions(t, "")
		o.Now = time.Now
		o.Config.Telemetry.StatusInterval = config.Duration(time.Minute)
		n, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = n.broker.Close() }()
		var sent statuses
		n.outbox = append(n.outbox, &sent)
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		go n.supervise(ctx)
		synctest.Wait()
		for i, after := range []time.Duration{time.Second, 50 * time.Millisecond, 50 * time.Millisecond, 5 * time.Second} {
			time.Sleep(after)
			n.raise(fault.SourceRead, "fan", errors.New(strings.Repeat("x", i)))
			synctest.Wait()
		}
		for range 50 { // what is said again is no change
			time.Sleep(time.Second)
			n.raise(fault.SourceRead, "fan", errors.New("xxx"))
		}
		time.Sleep(10 * time.Second)
		cancel()
		synctest.Wait()
		var got []time.Duration
		for _, at := range sent.at {
			got = append(got, at.Sub(began))
		}
		want := []time.Duration{time.Second, 1200 * time.Millisecond, 6100 * time.Millisecond, time.Minute}
		if !slices.Equal(got, want) {
			t.Errorf("statuses after %v, want %v", got, want)
		}
	})
}

// TestClientConfig names the client where nobody does, and what it sends alerts on.
func TestClientConfig(t *testing.T) {
	o := config.Default()
	o.Sources = []config.Source{{Name: "fan"}, {Name: "pump"}}
	for _, c := range []struct {
		in          config.MQTT
		id, targets string
	}{
		{config.MQTT{Broker: "tcp://h"}, "auscult-n", "[h:1883]"},
		{config.MQTT{Broker: "tcp://h", ClientID: "own"}, "own", "[h:1883]"},
		{config.MQTT{Broker: "ssl://h:99", Fallbacks: []string{"mqtts://[::1]"}}, "auscult-n", "[h:99 [::1]:8883]"},
	} {
		o.MQTT = c.in
		got, err := clientConfig(&o, "n", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		var targets []string
		for _, at := range got.Brokers {
			targets = append(targets, at.Target)
		}
		if got.ClientID != c.id || fmt.Sprint(targets) != c.targets {
			t.Errorf("%s: client %s of %s", c.in.Broker, got.ClientID, targets)
		}
		if !slices.Equal(got.AlertTopics, []string{"auscult/n/fan/alert", "auscult/n/pump/alert"}) {
			t.Errorf("alert topics %q", got.AlertTopics)
		}
		if got.Password != nil || got.Secret != "" {
			t.Errorf("%s: a password without a file", c.in.Broker)
		}
	}
	if got, err := clientConfig(&config.Config{}, "n", time.Now); got != nil || err != nil {
		t.Errorf("no broker: %+v, %v", got, err)
	}
}
