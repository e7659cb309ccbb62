package node

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
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
