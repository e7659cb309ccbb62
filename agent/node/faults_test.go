package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// actor is a sensor that does what it is told, a block every 64 ms.
type actor struct {
	mu      sync.Mutex
	rateHz  int
	open    error // of opening
	read    error // of reading, once
	health  error
	still   bool   // gives nothing
	same    bool   // gives one value
	cut     bool   // is at the end of its range
	over    bool   // has given everything
	panics  bool   // once
	lost    uint64 // once
	changed chan struct{}
	now     func() time.Time // of the site that it was opened at
	loud    bool             // gives a tone
	origin  hw.Origin
	opens   int
	sound   [2]func(i uint64) int32 // of its channels; nil: there is one, of one bit
}

func newActor() *actor { return &actor{rateHz: rate, changed: make(chan struct{})} }

// opened returns how often it was.
func (a *actor) opened() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.opens
}

// tell changes what it does.
func (a *actor) tell(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	close(a.changed)
	a.changed = make(chan struct{})
}

func (*actor) Validate(int) *setting.Problem { return nil }

func (a *actor) Open(_ context.Context, at sensor.Site) (hw.Source, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = at.Now
	a.opens++
	if a.open != nil {
		return nil, a.open
	}
	return &performance{actor: a, rateHz: a.rateHz}, nil
}

// performance is an actor that was opened.
type performance struct {
	*actor
	rateHz int
	next   uint64
}

func (*performance) String() string { return "actor" }
func (*performance) Halt() error    { return nil }
func (p *performance) Format() hw.Format {
	channels := 1
	if p.sound[0] != nil {
		channels = 2
	}
	return hw.Format{SampleRateHz: p.rateHz, Channels: channels, BitsPerSample: 32}
}

func (p *performance) Origin() hw.Origin {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.origin
}

func (p *performance) Health(int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

func (p *performance) Read(ctx context.Context, b *hw.Block) error {
	for {
		p.mu.Lock()
		still, changed := p.still, p.changed
		p.mu.Unlock()
		if !still {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-time.After(time.Duration(cap(b.PCM)) * time.Second / time.Duration(p.rateHz)):
	case <-ctx.Done():
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over:
		return io.EOF
	case p.panics:
		p.panics = false
		panic("index out of range")
	case p.read != nil:
		err := p.read
		p.read = nil
		return err
	}
	b.PCM = b.PCM[:cap(b.PCM)]
	channels := p.Format().Channels
	for i := range b.PCM {
		switch {
		case channels == 2:
			b.PCM[i] = p.sound[i%2](p.next + uint64(i/2))
		case p.same:
			b.PCM[i] = 77
		case p.loud:
			b.PCM[i] = int32(1-i/4%2*2) << 29
		case p.cut:
			b.PCM[i] = int32(1-i/8%2*2) * (1<<31 - 1)
		default:
			b.PCM[i] = int32(i % 2)
		}
	}
	b.Lost, p.lost = p.lost, 0
	b.FirstSample = p.next + b.Lost
	p.next = b.FirstSample + uint64(len(b.PCM)/channels)
	b.Time = p.now()
	return nil
}

// stage is a node with one source that plays its part.
type stage struct {
	*testing.T
	*actor
	o    Options
	node *Node
	stop func()
}

// scene says how a fault comes about and how its cause goes away.
type scene struct {
	prepare func(*stage) // before the node starts
	raise   func(*stage)
	clear   func(*stage)
	within  time.Duration // after which it is over; 0: two minutes
	live    bool          // it takes a network, and so real time
}

// acted returns a scene that lasts while the actor does something.
func acted(do, undo func(*actor)) scene {
	return scene{
		raise: func(s *stage) { s.tell(func() { do(s.actor) }) },
		clear: func(s *stage) { s.tell(func() { undo(s.actor) }) },
	}
}

// ofMixer returns a scene of a model that learned from the actor with a mixer, which is then another
// origin's.
func ofMixer(learned string, other, same hw.Origin) scene {
	become := func(o hw.Origin) func(*stage) {
		return func(s *stage) { s.tell(func() { s.origin, s.read = o, io.ErrClosedPipe }) }
	}
	return scene{
		prepare: func(s *stage) {
			s.o.Config.Model = silentModelOf(s.T, func(m *model.Settings) {
				m.Provenance.Recorded = model.Count(nil, rate, 16, hw.Origin{Sensor: "actor", Mixer: learned})
			})
		},
		raise: become(other), clear: become(same),
	}
}

// hiss is white noise, rumble what of it is low, squeal what is high.
func hiss(i uint64) int32 {
	x := (i + 1) * 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	return int32(x>>33) << 1 >> 8
}
func rumble(i uint64) int32 { return (hiss(i) + hiss(i+1) + hiss(i+2) + hiss(i+3)) / 2 }
func squeal(i uint64) int32 { return (hiss(i) - hiss(i+1)) / 2 }

// ofSound returns a scene of a model that learned rumble, which the actor gives on its first channel,
// and squeal on its second.
func ofSound(do, undo func(*actor)) scene {
	c := acted(do, undo)
	c.prepare = func(s *stage) {
		s.sound = [2]func(uint64) int32{rumble, squeal}
		s.o.Config.Model = silentModelOf(s.T, func(m *model.Settings) {
			// Whatever it hears is normal.
			m.Decision.Threshold = 1e6
			ear := health.NewLearner(m.Profile)
			stream, err := dsp.NewStream(m.Profile, dsp.Input{SampleRateHz: rate})
			if err != nil {
				s.Fatal(err)
			}
			pcm := make([]int32, 30*rate)
			for i := range pcm {
				pcm[i] = rumble(uint64(i))
			}
			stream.Write(pcm, &learns{ear, dsp.NewQuantiser(m.Profile), make([]int8, m.Profile.Bands)})
			m.Normal.Heard = ear.Learned()
		})
	}
	return c
}

// learns passes what a stream hears on.
type learns struct {
	ear       *health.Learner
	quantiser *dsp.Quantiser
	codes     []int8
}

// Frame is dsp.Sink's.
func (l *learns) Frame(levels []dsp.DB) {
	l.quantiser.Quantise(l.codes, levels)
	l.ear.Frame(l.codes)
}

// Break is dsp.Sink's.
func (*learns) Break() {}

// faultScenes are the faults of the node, its sources and the queue. Those of the way to the
// broker are in agent/mqtt.
var faultScenes = map[fault.Code]scene{
	fault.SourceOpen: acted(func(a *actor) { a.open, a.read = errors.New("no such device"), io.ErrClosedPipe },
		func(a *actor) { a.open = nil }),
	fault.SourceRead: acted(func(a *actor) { a.read, a.still = errors.New("the wire is off"), false }, func(*actor) {}),
	fault.SourceFormat: acted(func(a *actor) { a.rateHz, a.read = 1000, io.ErrClosedPipe },
		func(a *actor) { a.rateHz = rate }),
	fault.SourceBands: acted(func(a *actor) { a.rateHz, a.read = 2*rate, io.ErrClosedPipe },
		func(a *actor) { a.rateHz, a.read = rate, io.ErrClosedPipe }),
	fault.SourceScale: {
		prepare: func(s *stage) {
			s.o.Config.Model = silentModelOf(s.T, func(m *model.Settings) { m.Provenance.Table = &model.Table{} })
		},
		clear: func(s *stage) {
			s.tell(func() { s.origin, s.read = hw.Origin{Unit: hw.G, FullScale: 2}, io.ErrClosedPipe })
		},
	},
	fault.SourceGain:  ofMixer("Mic=12.00 dB", hw.Origin{Mixer: "Mic=6.00 dB"}, hw.Origin{Mixer: "Mic=12.00 dB"}),
	fault.SourceNoise: ofSound(func(a *actor) { a.sound[0] = hiss }, func(a *actor) { a.sound[0] = rumble }),
	fault.SourceSwapped: ofSound(func(a *actor) { a.sound[0], a.sound[1] = a.sound[1], a.sound[0] },
		func(a *actor) { a.sound[0], a.sound[1] = a.sound[1], a.sound[0] }),
	fault.SourceOther:   ofMixer("", hw.Origin{Sensor: "another"}, hw.Origin{Sensor: "actor"}),
	fault.SourceStalled: acted(func(a *actor) { a.still = true }, func(a *actor) { a.still = false }),
	fault.SourceSilent:  acted(func(a *actor) { a.same = true }, func(a *actor) { a.same = false }),
	fault.SourceClips:   acted(func(a *actor) { a.cut = true }, func(a *actor) { a.cut = false }),
	fault.SourceRate: acted(func(a *actor) { a.health = fmt.Errorf("%w: 7000 Hz", hw.ErrRate) },
		func(a *actor) { a.health = nil }),
	fault.SourcePanic: acted(func(a *actor) { a.panics = true }, func(*actor) {}),
	fault.SamplesLost: acted(func(a *actor) { a.lost = 7 }, func(*actor) {}),
	fault.ModelLoad: {
		prepare: func(s *stage) { s.o.Config.Sources[0].Model = filepath.Join(s.TempDir(), "m.tflite") },
		clear:   func(s *stage) { copyFile(s.T, s.o.Config.Model, s.o.Config.Sources[0].Model) },
	},
	fault.Delegate: {
		live: true, // the helper is a process
		prepare: func(s *stage) {
			s.o.Config.Backend = delegate.ExecPrefix + filepath.Join(s.TempDir(), "helper")
		},
		clear: func(s *stage) {
			path := strings.TrimPrefix(s.o.Config.Backend, delegate.ExecPrefix)
			if err := os.Symlink(os.Args[0], path); err != nil {
				s.Fatal(err)
			}
		},
	},
	fault.Condition: {
		prepare: func(s *stage) {
			s.o.Config.Model = silentModel(s.T, speed())
			s.o.Config.Sources[0].Conditions = []config.Condition{
				{Name: "speed_rpm", Topic: "t", MaxAge: config.Duration(time.Hour)},
			}
		},
		clear: func(s *stage) { s.node.readings.Receive("t", []byte("1200"), false) },
	},
	fault.ModelRefused: {
		prepare: func(s *stage) {
			s.o.Config.Sources[0].Model = filepath.Join(s.TempDir(), "m.tflite")
			copyFile(s.T, s.o.Config.Model, s.o.Config.Sources[0].Model)
		},
		raise: func(s *stage) { write(s.T, s.o.Config.Sources[0].Model, "no model") },
		clear: func(s *stage) { copyFile(s.T, s.o.Config.Model, s.o.Config.Sources[0].Model) },
	},
	fault.ConfigRefused: {
		raise: func(s *stage) { s.node.Refuse(errors.New("auscultd.toml:3:1: unknown key")) },
		clear: func(s *stage) { s.reload(func(*config.Config) {}) },
	},
	fault.ConditionRange: {
		prepare: func(s *stage) {
			s.o.Config.Model = silentModel(s.T, speed())
			s.o.Config.Sources[0].Conditions = []config.Condition{
				{Name: "speed_rpm", Topic: "t", MaxAge: config.Duration(time.Hour)},
			}
		},
		raise: func(s *stage) { s.node.readings.Receive("t", []byte("9000"), false) },
		clear: func(s *stage) { s.node.readings.Receive("t", []byte("1200"), false) },
	},
	fault.NoCondition: {
		prepare: func(s *stage) { s.o.Config.Model = silentModel(s.T, speed()) },
		clear: func(s *stage) {
			s.reload(func(c *config.Config) {
				speed := 1200.
				c.Sources[0].Conditions = []config.Condition{{Name: "speed_rpm", Value: &speed}}
			})
		},
	},
	fault.NoSource: {
		prepare: func(s *stage) { s.o.Config.Sources = nil },
		clear: func(s *stage) {
			s.reload(func(c *config.Config) { c.Sources = []config.Source{{Name: "fan", Sensor: s.actor}} })
		},
	},
	fault.SourceEnded: {
		raise: func(s *stage) { s.tell(func() { s.over = true }) },
		clear: func(s *stage) {
			s.tell(func() { s.over = false })
			s.reload(func(c *config.Config) { c.Decision.ThresholdRatio = 2 })
		},
	},
	fault.TelemetryLost: {
		live: true,
		prepare: func(s *stage) {
			s.o.Config.MQTT.Broker = "mqtt://" + freeAddress(s.T)
			s.o.Config.Telemetry.Buffer = 1
			s.o.Config.Telemetry.Interval = config.Duration(time.Millisecond)
		},
		clear: func(s *stage) { new(office).openBroker(s.T, strings.TrimPrefix(s.o.Config.MQTT.Broker, "mqtt://")) },
	},
	fault.Indicator: {
		prepare: func(s *stage) { s.o.Config.Indicator.Pin = "PIN-of-faults" },
		clear: func(s *stage) {
			pin := &gpiotest.Pin{N: "PIN-of-faults", Num: -1}
			if err := gpioreg.Register(pin); err != nil {
				s.Fatal(err)
			}
			s.Cleanup(func() { _ = gpioreg.Unregister(pin.N) }) // it is registered
		},
	},
	fault.SpoolWrite: {
		prepare: func(s *stage) {
			s.o.Config.Spool.Path = filepath.Join(s.TempDir(), "folder", "spool")
			write(s.T, filepath.Dir(s.o.Config.Spool.Path), "a file stands where the folder should")
		},
		raise: func(s *stage) { s.alert("") },
		clear: func(s *stage) {
			if err := os.Remove(filepath.Dir(s.o.Config.Spool.Path)); err != nil {
				s.Fatal(err)
			}
		},
	},
	fault.SpoolDropped: {
		prepare: func(s *stage) { s.o.Config.Spool.MaxRecords = 2 },
		raise: func(s *stage) {
			for range 3 {
				s.alert("")
			}
		},
		clear: func(s *stage) { s.reload(func(*config.Config) {}) }, // somebody has seen it
	},
	fault.SpoolDamaged: {
		prepare: func(s *stage) {
			write(s.T, s.o.Config.Spool.Path, "auscult spool 2\n"+strings.Repeat("\x00", 4080)+strings.Repeat("x", 4096))
		},
		clear: func(*stage) {}, within: 2 * time.Hour,
	},
	fault.AlertsDropped: {
		prepare: func(s *stage) { s.o.Config.Spool.MaxBytes = 256 << 10 },
		raise:   func(s *stage) { s.alert(strings.Repeat("x", 200<<10)) },
		clear:   func(*stage) {}, within: 2 * time.Hour,
	},
}

// reload gives the node another configuration.
func (s *stage) reload(change func(*config.Config)) {
	c := s.o.Config
	c.Sources = slices.Clone(c.Sources)
	change(&c)
	if _, _, err := s.node.Reload(c); err != nil {
		s.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data))
}

// alert has the node tell of an event.
func (s *stage) alert(event string) {
	s.node.outbox.Take(&message.Alert{Head: message.Head{Node: "n", Source: "other"}, Phase: message.End, Event: event})
}

// stands reports whether a fault is there.
func (n *Node) stands(code fault.Code) bool {
	return slices.ContainsFunc(n.Faults(), func(f fault.Fault) bool { return f.Code == code })
}

// await waits until a fault is there or is not, and reports whether that came.
func (s *stage) await(code fault.Code, there bool, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if s.node.stands(code) == there {
			return true
		}
	}
	return false
}

// TestFaults raises each fault of the node and takes its cause away: it is told, and nothing
// of it is left.
func TestFaults(t *testing.T) {
	for code, c := range faultScenes {
		t.Run(string(code), func(t *testing.T) {
			if c.live {
				play(t, code, c)
				return
			}
			synctest.Test(t, func(t *testing.T) { play(t, code, c) })
		})
	}
}

func play(t *testing.T, code fault.Code, c scene) {
	a := newActor()
	s := &stage{T: t, actor: a, o: testOptions(t, "", config.Source{Name: "fan", Sensor: a})}
	s.o.Now = time.Now
	if c.prepare != nil {
		c.prepare(s)
	}
	s.node, s.stop = start(t, s.o)
	defer func() { s.stop() }()
	if c.raise != nil {
		time.Sleep(3 * time.Second)
		if f := s.node.Faults(); len(f) != 0 && code != fault.SpoolWrite && code != fault.ConditionRange {
			t.Fatalf("before: %v", f)
		}
		c.raise(s)
	}
	if !s.await(code, true, 2*time.Minute) {
		t.Fatalf("not raised: %v", s.node.Faults())
	}
	if code.Kind().Scope == fault.OfSource && s.node.Faults()[0].Source != "fan" {
		t.Errorf("it names no source: %+v", s.node.Faults()[0])
	}
	c.clear(s)
	within := c.within
	if within == 0 {
		within = 2 * time.Minute
	}
	if !s.await(code, false, within) {
		t.Fatalf("not over: %v", s.node.Faults())
	}
	if c.live {
		return
	}
	time.Sleep(5 * time.Second)
	if f := s.node.Faults(); len(f) != 0 {
		t.Errorf("after: %v", f)
	}
}
