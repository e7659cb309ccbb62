package node

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
)

// dying is a source that fails while it is told to.
type dying struct {
	hw.Source
	dead *atomic.Bool
}

func (d *dying) Read(ctx context.Context, b *hw.Block) error {
	if d.dead.Load() {
		return errors.New("the wire is off")
	}
	return d.Source.Read(ctx, b)
}

// TestStateIsTrue follows a source's retained state: heard, broken, heard again, stopped
// in the middle of an event.
func TestStateIsTrue(t *testing.T) {
	address := freeAddress(t)
	var got office
	got.openBroker(t, address)
	var dead atomic.Bool
	pcm := sound(part{60, 1000}) // one event without an end
	open := opener(func(at sensor.Site) (hw.Source, error) {
		tick := time.NewTicker(64 * time.Millisecond / 25)
		return &dying{&events{pcm: pcm, start: at.Now(), tick: tick}, &dead}, nil
	})
	_, stop := start(t, testOptions(t, "mqtt://"+address, config.Source{Name: "fan", Sensor: open}))
	last := func(want string) func() bool {
		return func() bool {
			all := got.on("/fan/state")
			return len(all) > 0 && all[len(all)-1].retained &&
				strings.Contains(all[len(all)-1].payload, `"state":"`+want+`"`)
		}
	}
	eventually(t, "the alarm", last("alarm"))
	if first := got.on("/fan/state")[0]; !first.retained || !strings.Contains(first.payload, `"state":"learning"`) {
		t.Errorf("before anything was heard: %+v", first)
	}
	dead.Store(true)
	eventually(t, "the fault is told on the source's topic", last("fault"))
	dead.Store(false)
	eventually(t, "the alarm is back", last("alarm"))
	stop()
	if !last("offline")() {
		t.Errorf("after the end: %v", got.on("/fan/state"))
	}
	for _, l := range append(got.on("/fan/state"), got.on("/alert")...) {
		if strings.Contains(l.payload, `"state":"normal"`) {
			t.Errorf("nobody heard that it is normal: %s", l.payload)
		}
	}
	if alerts := once(t, got.on("/alert")); len(alerts) != 2 || !strings.Contains(alerts[1].payload, `"cause":"stopped"`) {
		t.Errorf("alerts %v", alerts)
	}
}

// TestUnfit has a model that is not made for what is heard: it is told at once, on the source's
// topic, and what follows is not what was true before.
func TestUnfit(t *testing.T) {
	address := freeAddress(t)
	var got office
	got.openBroker(t, address)
	a := newActor()
	o := testOptions(t, "mqtt://"+address, config.Source{Name: "fan", Sensor: a, Conditions: []config.Condition{
		{Name: "speed_rpm", Topic: "t"},
	}})
	o.Config.Model = silentModel(t, speed())
	n, _ := start(t, o)
	states := func() (all string) {
		for _, l := range got.on("/fan/state") {
			_, text, _ := strings.Cut(l.payload, `"state":"`)
			text, _, _ = strings.Cut(text, `"`)
			all += " " + text
		}
		return all
	}
	eventually(t, "the condition is waited for", func() bool { return n.stands(fault.Condition) })
	for _, c := range []struct{ payload, want string }{
		{"1200", " learning fault learning normal"},
		{"9000", " learning fault learning normal unfit"},
		{"1200", " learning fault learning normal unfit learning normal"},
		{"fast", " learning fault learning normal unfit learning normal fault"},
	} {
		n.readings.Receive("t", []byte(c.payload), false)
		eventually(t, c.want, func() bool { return strings.HasPrefix(states(), c.want) })
	}
}

// TestSourcesThatAreGone empties what the broker retains of a source that the configuration
// no longer has.
func TestSourcesThatAreGone(t *testing.T) {
	address := freeAddress(t)
	var got office
	got.openBroker(t, address)
	o := testOptions(t, "mqtt://"+address, config.Source{Name: "fan", Sensor: newActor()},
		config.Source{Name: "pump", Sensor: newActor()})
	_, stop := start(t, o)
	eventually(t, "both speak", func() bool { return len(got.on("/fan/state")) > 0 && len(got.on("/pump/state")) > 0 })
	stop()
	o.Config.Sources = o.Config.Sources[:1]
	start(t, o)
	eventually(t, "it is emptied", func() bool {
		all := got.on("/pump/state")
		last := all[len(all)-1]
		return last.payload == "" && last.retained
	})
	for _, l := range got.on("/fan/state") {
		if l.payload == "" {
			t.Error("the other was emptied too")
		}
	}
}
