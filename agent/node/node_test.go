package node

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/outbox"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

var update = flag.Bool("update", false, "write the golden file anew")

// rate is what modeltest.Profile hears.
const rate = 8000

// silentModel writes a model to which only silence is normal, see modeltest.Silent. It
// averages two windows to an observation: 128 ms.
func silentModel(t *testing.T, conditions ...model.Condition) string {
	t.Helper()
	return silentModelOf(t, func(s *model.Settings) { s.Conditions = conditions })
}

// silentModelOf is silentModel with other settings.
func silentModelOf(t *testing.T, change func(*model.Settings)) string {
	t.Helper()
	data := modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) {
		s.Detector.PoolWindows = 1
		s.Normal = model.NormalStats{}
		s.Decision.Threshold, s.Decision.AverageWindows = 200, 2
		change(s)
	})
	path := filepath.Join(t.TempDir(), "silence.tflite")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// part is a stretch of sound: a tone at hz, or a click of one bit now and then at 0, since
// what gives one value alone is dead.
type part struct {
	seconds float64
	hz      float64
}

func sound(parts ...part) []int32 {
	var pcm []int32
	for _, p := range parts {
		for i := range int(p.seconds * rate) {
			v := int32(math.Round(1e9 * math.Sin(2*math.Pi*p.hz*float64(i)/rate)))
			if p.hz == 0 && i%400 == 0 {
				v = 1 << 16
			}
			pcm = append(pcm, v)
		}
	}
	return pcm
}

func writeWAV(t *testing.T, pcm []int32) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(wav.Write(f, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 16}, pcm),
		f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// testOptions are those of a node that sends everything, at a fixed time.
func testOptions(t *testing.T, broker string, sources ...config.Source) Options {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{"run/systemd/timesync/synchronized": "",
		"etc/machine-id": "0123456789abcdef0123456789abcdef\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Default()
	c.Model = silentModel(t)
	c.Sources = sources
	c.Spool.Path = filepath.Join(root, "spool.db")
	c.Telemetry.Interval = config.Duration(time.Second)
	c.MQTT.Broker = broker
	c.MQTT.RetryFirst, c.MQTT.RetryMax = config.Duration(10*time.Millisecond), config.Duration(100*time.Millisecond)
	c.MQTT.Timeout = config.Duration(2 * time.Second)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return Options{Config: c, Version: "test", Root: root, Now: func() time.Time { return now }}
}

// hangs is far above what the end may take, however loaded the machine is.
const hangs = 30 * time.Second

// start runs a node; stop ends it and fails when that hangs.
func start(t *testing.T, o Options) (n *Node, stop func()) {
	t.Helper()
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > hangs {
			t.Errorf("the end took %v", took)
		}
	})
	t.Cleanup(stop)
	<-n.Ready()
	return n, stop
}

// TestWavInMessagesOut compares what is published for a recording, played as
// fast as it can be read, with a golden file.
func TestWavInMessagesOut(t *testing.T) {
	address := freeAddress(t)
	var got office
	got.openBroker(t, address)
	clip := writeWAV(t, sound(part{2, 0}, part{2, 1000}, part{3, 0}, part{1.5, 2500}))
	o := testOptions(t, "tcp://"+address, config.Source{Name: "fan", Sensor: &sensor.WAV{Path: clip}})
	o.ExitWhenDone = true
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, kind := range []string{"/state", "/score", "/alert"} {
		for _, l := range once(t, got.on(kind)) {
			fmt.Fprintf(&text, "%s qos=%d retained=%v\n%s\n", l.topic, l.qos, l.retained, l.payload)
		}
	}
	normal := regexp.MustCompile(`"(boot_id|hash)":"[0-9a-f]+"`).ReplaceAllString(text.String(), `"$1":"…"`)
	golden := filepath.Join("testdata", "messages.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(normal), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if normal != string(want) {
		t.Errorf("published\n%s\nwant\n%s", normal, want)
	}
	status := got.on("/status")
	if len(status) < 2 {
		t.Fatalf("status %v, want the first and the last", status)
	}
	first, last := status[0], status[len(status)-1]
	if !strings.Contains(first.payload, `"online":true`) || !first.retained {
		t.Errorf("first status %v", first)
	}
	for _, want := range []string{`"online":false,"reason":"stopped"`, `"code":"source_ended"`} {
		if !strings.Contains(last.payload, want) {
			t.Errorf("last status %s: no %s", last.payload, want)
		}
	}
}

// events is a source of tones and silences without end, 25 times as fast as
// real time, that counts the tones it has begun.
type events struct {
	given int // samples that may be read
	pcm   []int32
	at    int
	next  uint64
	limit int // sample times; then it ends
	start time.Time
	tick  *time.Ticker
}

func (e *events) String() string { return "events" }
func (e *events) Halt() error    { e.tick.Stop(); return nil }
func (e *events) Format() hw.Format {
	return hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 32}
}

func (e *events) Read(ctx context.Context, b *hw.Block) error {
	const perTick = 512 // samples
	for e.given < cap(b.PCM) {
		select {
		case <-e.tick.C:
			e.given += perTick
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.given -= cap(b.PCM)
	if e.limit > 0 && int(e.next) >= e.limit {
		return io.EOF
	}
	b.PCM = b.PCM[:cap(b.PCM)]
	for i := range b.PCM {
		b.PCM[i] = e.pcm[e.at]
		e.at = (e.at + 1) % len(e.pcm)
	}
	b.FirstSample, b.Lost = e.next, 0
	b.Time = e.start.Add(time.Duration(e.next) * time.Second / rate)
	e.next += uint64(len(b.PCM))
	return nil
}

// opener is a sensor that tests open as they like.
type opener func(sensor.Site) (hw.Source, error)

func (opener) Validate(int) *setting.Problem { return nil }

func (o opener) Open(_ context.Context, at sensor.Site) (hw.Source, error) { return o(at) }

// openEvents opens a source of count events, one each 1.6 s of its own time.
func openEvents(count int) sensor.Sensor {
	return opener(func(at sensor.Site) (hw.Source, error) {
		pcm := sound(part{0.4, 0}, part{0.4, 1000}, part{0.8, 0})
		tick := time.NewTicker(64 * time.Millisecond / 25)
		return &events{pcm: pcm, limit: count * len(pcm), start: at.Now(), tick: tick}, nil
	})
}

// TestNoAlertIsLost starts without a broker, lets one appear, takes it away in
// the middle and brings it back, several times.
func TestNoAlertIsLost(t *testing.T) {
	const count = 12
	address := freeAddress(t)
	var got office
	o := testOptions(t, "tcp://"+address, config.Source{Name: "fan", Sensor: openEvents(count)})
	n, stop := start(t, o)
	eventually(t, "alerts wait", func() bool { return n.broker.Queue().Alerts >= 4 })
	if f := n.Faults(); len(f) == 0 || f[0].Code != fault.Broker {
		t.Errorf("faults without a broker: %v", f)
	}
	for round := 1; round <= 3; round++ {
		closeBroker := got.openBroker(t, address)
		eventually(t, "some alerts arrive", func() bool { return len(got.on("/alert")) >= 5*round })
		closeBroker()
		eventually(t, "the loss is noticed", func() bool {
			return slices.ContainsFunc(n.Faults(), func(f fault.Fault) bool { return f.Code == fault.Broker })
		})
	}
	got.openBroker(t, address)
	eventually(t, "all alerts arrive", func() bool { return len(once(t, got.on("/alert"))) == 2*count })
	eventually(t, "the queue is empty", func() bool { return n.broker.Queue().Alerts == 0 })
	stop()
	for i, l := range once(t, got.on("/alert")) {
		if id := identityOf(t, l); id.Seq != uint64(i+1) || id.BootID != n.broker.BootID() {
			t.Errorf("alert %d has the identity %v", i, id)
		}
		phase := []string{`"phase":"start"`, `"phase":"end"`}[i%2]
		if !strings.Contains(l.payload, phase) || l.qos != 1 || l.retained {
			t.Errorf("alert %d: %+v", i, l)
		}
	}
	states := got.on("/state")
	if last := states[len(states)-1]; !strings.Contains(last.payload, `"state":"offline"`) || !last.retained {
		t.Errorf("the last state is %+v", last)
	}
}

func TestAlertsSurviveARestart(t *testing.T) {
	address := freeAddress(t)
	o := testOptions(t, "tcp://"+address, config.Source{Name: "fan", Sensor: openEvents(3)})
	o.ExitWhenDone, o.FlushLimit = true, 50*time.Millisecond
	first, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got office
	got.openBroker(t, address)
	o.FlushLimit = 10 * time.Second
	second, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, l := range once(t, got.on("/alert")) {
		boot := first.broker.BootID()
		if i >= 6 {
			boot = second.broker.BootID()
		}
		if id := identityOf(t, l); id.Seq != uint64(i+1) || id.BootID != boot {
			t.Errorf("alert %d has the identity %v", i, id)
		}
	}
	if n := len(once(t, got.on("/alert"))); n != 12 {
		t.Errorf("%d alerts, want 12", n)
	}
}

// TestBrokenPartsDoNotStopTheRest has sources that cannot work beside one that
// can, a broker that never answers and a spool that cannot be opened.
func TestBrokenPartsDoNotStopTheRest(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	o := testOptions(t, "tcp://"+silent.Addr().String(),
		config.Source{Name: "absent", Sensor: &sensor.WAV{Path: "absent.wav"}},
		config.Source{Name: "model", Sensor: openEvents(0), Model: "absent.tflite"},
		config.Source{Name: "panics", Sensor: opener(func(sensor.Site) (hw.Source, error) { panic("driver") })},
		config.Source{Name: "good", Sensor: openEvents(0)},
	)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Config.Spool.Path = filepath.Join(file, "spool.db")
	o.Config.MQTT.Timeout = config.Duration(200 * time.Millisecond)
	n, stop := start(t, o)
	want := []string{"/broker", "/spool_write", "absent/source_open", "model/model_load", "panics/source_panic"}
	var got []string
	eventually(t, "all faults are shown", func() bool {
		got = nil
		for _, f := range n.Faults() {
			got = append(got, f.Source+"/"+string(f.Code))
		}
		return slices.Equal(got, want)
	})
	eventually(t, "the good source raises alerts", func() bool { return n.broker.Queue().AlertsInMemory > 2 })
	if !n.Alive() || !strings.Contains(n.Summary(), "1 of 4 sources listen") ||
		!strings.HasSuffix(n.Summary(), "(and 4 more)") {
		t.Errorf("alive %v, %s", n.Alive(), n.Summary())
	}
	stop()
}

// TestASourceThatPanickedComesBack breaks a source once: the fault has a code of its
// own, and goes when the source is heard again.
func TestASourceThatPanickedComesBack(t *testing.T) {
	var opened atomic.Int32
	good := openEvents(0).(opener)
	o := testOptions(t, "", config.Source{Name: "fan", Sensor: opener(func(at sensor.Site) (hw.Source, error) {
		if opened.Add(1) == 1 {
			panic("index out of range")
		}
		return good(at)
	})})
	n, _ := start(t, o)
	broken := func() bool {
		return slices.ContainsFunc(n.Faults(), func(f fault.Fault) bool {
			return f.Code == fault.SourcePanic && f.Source == "fan" &&
				strings.Contains(f.Text, "pipeline broke: index out of range")
		})
	}
	eventually(t, "the fault is shown", broken)
	eventually(t, "the fault is over", func() bool { return opened.Load() > 1 && !broken() })
	if f := n.Faults(); len(f) != 0 {
		t.Errorf("faults %v", f)
	}
}

// TestAConditionThatNobodyGives has a fault of its own.
func TestAConditionThatNobodyGives(t *testing.T) {
	o := testOptions(t, "", config.Source{Name: "fan", Sensor: openEvents(0)})
	o.Config.Model = silentModel(t, speed())
	n, _ := start(t, o)
	eventually(t, "the fault is shown", func() bool {
		f := n.Faults()
		return len(f) == 1 && f[0].Code == fault.NoCondition &&
			strings.Contains(f[0].Text, `"speed_rpm": add [[source.condition]]`)
	})
	if got := n.Summary(); !strings.HasSuffix(got, "; "+n.Faults()[0].Text) {
		t.Errorf("one fault is summed up as %q", got)
	}
}

// hung is a source that gives nothing and cannot be halted.
type hung struct{}

func (hung) String() string { return "hung" }
func (hung) Halt() error    { return nil }
func (hung) Format() hw.Format {
	return hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 32}
}
func (hung) Read(context.Context, *hw.Block) error { select {} }

func TestEndsInTimeWhateverHangs(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	o := testOptions(t, "tcp://"+silent.Addr().String(),
		config.Source{Name: "hung", Sensor: opener(func(sensor.Site) (hw.Source, error) { return hung{}, nil })},
		config.Source{Name: "good", Sensor: openEvents(0)},
	)
	n, stop := start(t, o)
	eventually(t, "alerts wait", func() bool { return n.broker.Queue().Alerts > 0 })
	stop() // fails when it hangs
	if most := endSources + 2*endAlerts + endClient; most > 2*time.Second {
		t.Errorf("the steps of the end may take %v together", most)
	}
}

func TestWillTellsThatANodeIsLost(t *testing.T) {
	o := testOptions(t, "", config.Source{Name: "fan", Sensor: &sensor.WAV{Path: "x"}})
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.broker.Close() }()
	all, err := outbox.JSON{}.Encode(n.status(message.Lost))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	m := all[0]
	if m.Topic != "auscult/"+n.ID()+"/status" || !m.Retained ||
		!bytes.Contains(m.Payload, []byte(`"online":false,"reason":"lost"`)) {
		t.Errorf("%s %s", m.Topic, m.Payload)
	}
}

func TestMachineID(t *testing.T) {
	o := testOptions(t, "")
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.broker.Close() }()
	// HMAC-SHA256("auscult node") keyed with the machine id, first 12 digits:
	// printf 'auscult node' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0123456789abcdef0123456789abcdef
	if want := "ea71765df8b3"; n.ID() != want {
		t.Errorf("id %s, want %s", n.ID(), want)
	}
	for _, text := range []string{"", "uninitialized\n", strings.Repeat("0", 64), "zz"} {
		if err := os.WriteFile(filepath.Join(o.Root, "etc/machine-id"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), "set node.id") {
			t.Errorf("machine id %q: error %v", text, err)
		}
	}
}

func TestASourceNeedsASensor(t *testing.T) {
	o := testOptions(t, "", config.Source{Name: "x"})
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "source x has no sensor") {
		t.Errorf("error %v", err)
	}
}
