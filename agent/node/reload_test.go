package node

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw"
)

// ear is a sink that notes what it is told.
type ear struct {
	mu     sync.Mutex
	states []message.State
	alerts []message.Alert
}

func (e *ear) Take(event message.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch m := event.(type) {
	case *message.State:
		e.states = append(e.states, *m)
	case *message.Alert:
		e.alerts = append(e.alerts, *m)
	}
}

// of returns the states of a source, in their order.
func (e *ear) of(source string) (all []state.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.states {
		if s.Source == source {
			all = append(all, s.State)
		}
	}
	return all
}

// listenTo starts a node that tells an ear.
func listenTo(t *testing.T, o Options) (*Node, *ear) {
	t.Helper()
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{}
	n.outbox = append(n.outbox, e)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-n.Ready()
	return n, e
}

// TestReload changes a configuration in every way: what did not change is not touched.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fan, pump, gear, saw := newActor(), newActor(), newActor(), newActor()
		o := testOptions(t, "", config.Source{Name: "fan", Sensor: fan}, config.Source{Name: "pump", Sensor: pump},
			config.Source{Name: "gear", Sensor: gear})
		o.Now = time.Now
		n, e := listenTo(t, o)
		time.Sleep(5 * time.Second)
		pump.tell(func() { pump.loud = true })
		time.Sleep(2 * time.Second)
		before := n.list()[0].status().Windows

		c := o.Config
		c.Node.ID, c.Spool.MaxRecords, c.Log.Level = "another", 7, "debug"
		c.Sources = []config.Source{
			{Name: "fan", Sensor: fan}, {Name: "pump", Sensor: pump, Model: filepath.Join(t.TempDir(), "pump.tflite")},
			{Name: "saw", Sensor: saw},
		}
		copyFile(t, o.Config.Model, c.Sources[1].Model)
		taken, later, err := n.Reload(c)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"source saw: new", "source pump: changed", "source gear: gone", "log"}
		if !slices.Equal(taken, want) || !slices.Equal(later, []string{"node.id", "spool"}) {
			t.Errorf("changes %q, later %q", taken, later)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if fan.opened() != 1 || pump.opened() != 2 || gear.opened() != 1 || saw.opened() != 1 {
			t.Errorf("opened %d, %d, %d and %d times", fan.opened(), pump.opened(), gear.opened(), saw.opened())
		}
		if st := n.list()[0].status(); st.Windows < before+20 || st.LostSamples != 0 {
			t.Errorf("the fan has %d windows, %d before", st.Windows, before)
		}
		for source, want := range map[string][]state.State{
			"fan":  {state.Learning, state.Normal},
			"pump": {state.Learning, state.Normal, state.Warning, state.Alarm, state.Learning, state.Warning, state.Alarm},
			"gear": {state.Learning, state.Normal},
			"saw":  {state.Learning, state.Normal},
		} {
			if got := e.of(source); !slices.Equal(got, want) {
				t.Errorf("%s was %q, want %q", source, got, want)
			}
		}
		ids := map[uint64]bool{}
		for _, s := range e.states {
			if s.Source == "pump" && ids[s.Seq] {
				t.Errorf("two states of the pump have the number %d", s.Seq)
			}
			ids[s.Seq] = ids[s.Seq] || s.Source == "pump"
		}
		if len(e.alerts) != 3 || e.alerts[1].Cause != decide.Replaced || e.alerts[1].State != state.Learning {
			t.Errorf("alerts %+v", e.alerts)
		}
		if f := n.Faults(); len(f) != 0 {
			t.Errorf("faults %v", f)
		}
	})
}

// TestModelReplaced puts other models in the place of the one that is used: one that is good is
// taken up once it is whole, others leave the one before.
func TestModelReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newActor()
		o := testOptions(t, "", config.Source{Name: "fan", Sensor: a})
		o.Now = time.Now
		n, _ := listenTo(t, o)
		time.Sleep(5 * time.Second)
		hash := func() string { return n.list()[0].status().Model.Hash }
		old := hash()
		good := modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) {
			s.Name, s.Detector.PoolWindows = "another", 1
		})
		unfit := modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) {
			s.Conditions = []model.Condition{speed()}
		})
		damaged := slices.Clone(good)
		damaged[len(damaged)/2] ^= 1
		for _, c := range []struct {
			name string
			data []byte
			want string // in the fault; empty: it is taken up
		}{
			{"damaged", damaged, "not used"},
			{"cut off", good[:len(good)/2], "not used"},
			{"unfit", unfit, `does not serve source fan: the model takes the operating condition "speed_rpm"`},
			{"gone", nil, "the file is gone"},
			{"good", good, ""},
		} {
			if err := os.Remove(o.Config.Model); err != nil && c.want != "" && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if c.data != nil {
				write(t, o.Config.Model, string(c.data))
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
			var text string
			for _, f := range n.Faults() {
				if f.Code == fault.ModelRefused && f.Source == "fan" {
					text = f.Text
				}
			}
			if !strings.Contains(text, c.want) || (c.want == "") != (text == "") {
				t.Errorf("%s: fault %q, want %q", c.name, text, c.want)
			}
			if changed := hash() != old; changed != (c.want == "") {
				t.Errorf("%s: another model is used: %t", c.name, changed)
			}
			if st := n.list()[0].status(); st.State != state.Normal {
				t.Errorf("%s: the state is %s", c.name, st.State)
			}
		}
		if a.opened() != 2 {
			t.Errorf("opened %d times", a.opened())
		}
	})
}

// stuck is a sensor that hangs in its driver, whatever ends, until it is let go.
type stuck struct {
	released chan struct{}
	opens    atomic.Int32
}

func (s *stuck) source(name string) config.Source {
	return config.Source{Name: name, Sensor: opener(func(at sensor.Site) (hw.Source, error) {
		s.opens.Add(1)
		p, err := newActor().Open(context.Background(), at)
		return &jammed{p, s.released}, err
	})}
}

// jammed is a stuck sensor that was opened.
type jammed struct {
	hw.Source
	released chan struct{}
}

func (j *jammed) Read(ctx context.Context, b *hw.Block) error {
	<-j.released
	return j.Source.Read(ctx, b)
}

// TestReloadWhileDriversHang changes and removes sources that do not stop: when they do, each
// that there is still is listened to once, and no other.
func TestReloadWhileDriversHang(t *testing.T) {
	released := make(chan struct{})
	fan, pump := &stuck{released: released}, &stuck{released: released}
	o := testOptions(t, "mqtt://"+freeAddress(t), fan.source("fan"), pump.source("pump"))
	n, _ := listenTo(t, o)
	eventually(t, "both are open", func() bool { return fan.opens.Load() == 1 && pump.opens.Load() == 1 })
	c := o.Config
	for _, sources := range [][]config.Source{
		{fan.source("fan"), pump.source("pump")}, // another sensor each time
		{fan.source("fan")},
		{},
		{fan.source("fan")},
		{fan.source("fan")},
	} {
		c.Sources = sources
		if _, _, err := n.Reload(c); err != nil {
			t.Fatal(err)
		}
	}
	if fan.opens.Load() != 1 || pump.opens.Load() != 1 {
		t.Errorf("opened %d and %d times before the drivers let go", fan.opens.Load(), pump.opens.Load())
	}
	gone := n.source("pump").ended()
	close(released)
	<-gone
	eventually(t, "the fan is heard", func() bool { return n.list()[0].status().State == state.Normal })
	if fan.opens.Load() != 2 || pump.opens.Load() != 1 {
		t.Errorf("opened %d and %d times, want 2 and 1", fan.opens.Load(), pump.opens.Load())
	}
}

// TestBrokerReplaced moves a node to another broker: the first is told, no alert is lost.
func TestBrokerReplaced(t *testing.T) {
	var one, two office
	first, second := freeAddress(t), freeAddress(t)
	one.openBroker(t, first)
	two.openBroker(t, second)
	a, b := newActor(), newActor()
	o := testOptions(t, "mqtt://"+first, config.Source{Name: "fan", Sensor: a})
	n, _ := start(t, o)
	eventually(t, "the first broker hears", func() bool { return len(one.on("/fan/state")) > 1 })
	c := o.Config
	c.Sources = append(slices.Clone(c.Sources), config.Source{Name: "pump", Sensor: b})
	if _, _, err := n.Reload(c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new source is heard of", func() bool { return len(one.on("/pump/state")) > 1 })
	for _, l := range one.on("/status") {
		if strings.Contains(l.payload, `"online":false`) {
			t.Errorf("another source, and the node was said to be offline: %s", l.payload)
		}
	}
	c.MQTT.Broker = "mqtt://" + second
	if _, _, err := n.Reload(c); err != nil {
		t.Fatal(err)
	}
	a.tell(func() { a.loud = true })
	eventually(t, "the second broker gets the alert", func() bool { return len(two.on("/fan/alert")) > 0 })
	eventually(t, "it knows the states", func() bool {
		return len(two.on("/pump/state")) > 0 && len(two.on("/fan/state")) > 0
	})
	status := one.on("/status")
	if last := status[len(status)-1]; !strings.Contains(last.payload, `"online":false,"reason":"stopped"`) {
		t.Errorf("the first broker was told last: %s", last.payload)
	}
	c.MQTT.Broker = ""
	if _, _, err := n.Reload(c); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nobody is connected", func() bool { return n.broker.Link() == nil && !n.stands(fault.Broker) })
	c.MQTT.Broker = "nonsense://x"
	if _, _, err := n.Reload(c); err == nil {
		t.Error("an address that nobody knows was taken")
	}
}
