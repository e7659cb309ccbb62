//go:build guest

package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/node"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/alsatest"
)

// rate is that of the test's model: an emulated machine converts no four channels of 48 kHz while other work
// delays it.
const rate = 8000

// cards are those that the module makes, with the channels of each that have a microphone.
var cards = []struct {
	id       string
	channels []int
}{{"Left", []int{0}}, {"Right", []int{1}}, {"Both", []int{0, 1}}}

// journal collects what the node logs.
type journal struct {
	mu    sync.Mutex
	lines []entry
}

// entry is a line of it.
type entry struct {
	Msg, Code, Source, Err string
}

func (j *journal) Write(line []byte) (int, error) {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, e)
	return len(line), nil
}

// faults returns which faults stand, as "code source".
func (j *journal) faults() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	stand := []string{}
	for _, e := range j.lines {
		name := strings.TrimSpace(e.Code + " " + e.Source)
		switch e.Msg {
		case "fault":
			if !slices.Contains(stand, name) {
				stand = append(stand, name)
			}
		case "fault is over":
			stand = slices.DeleteFunc(stand, func(s string) bool { return s == name })
		}
	}
	slices.Sort(stand)
	return stand
}

// isExpected reports whether a fault is one of this test's own making: an emulated machine that other work delays
// may not keep up.
func isExpected(fault string) bool { return strings.Contains(fault, "samples_lost ") }

// wrong returns which faults stand that should not.
func (j *journal) wrong() []string { return slices.DeleteFunc(j.faults(), isExpected) }

// ever returns all that was said of faults.
func (j *journal) ever() (all []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.lines {
		if strings.HasPrefix(e.Msg, "fault") {
			all = append(all, fmt.Sprintf("%s: %s %s %s", e.Msg, e.Code, e.Source, e.Err))
		}
	}
	return all
}

// microphone is a live one: a hum, the noise of its own, and the constant that such ones add.
func microphone(n uint32) int32 {
	hum := 2e7 * math.Sin(2*math.Pi*120*float64(n)/rate)
	noise := float64(int32(alsatest.Mix(n))) / 300
	return int32(hum+noise+5e7) &^ 0xff // 24 bits
}

// wires are the cards with what is wired to them.
type wires struct {
	t     *testing.T
	dead  [3]atomic.Bool // microphones of a card that have died
	stops [3]func()
}

// play plays on a card of a number what its microphones hear, until the test or the card ends.
func (w *wires) play(which, number int) {
	w.t.Helper()
	p, err := alsatest.NewPlayer(fmt.Sprintf("/dev/snd/pcmC%dD0p", number),
		hw.Format{SampleRateHz: rate, Channels: 2, BitsPerSample: 32})
	if err != nil {
		w.t.Fatal(err)
	}
	p.Signal = func(n uint32, channel int) int32 {
		if !slices.Contains(cards[which].channels, channel) || w.dead[which].Load() {
			return 0 // nobody drives the line in that slot
		}
		return microphone(n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Play(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		<-done // the card may have gone
	})
	w.stops[which] = stop
	w.t.Cleanup(stop)
}

// number returns the number of a card.
func number(t *testing.T, id string) int {
	t.Helper()
	for n := range 3 {
		got, err := os.ReadFile(fmt.Sprintf("/proc/asound/card%d/id", n))
		if err == nil && strings.TrimSpace(string(got)) == id {
			return n
		}
	}
	t.Fatalf("no card %s", id)
	return -1
}

// bind takes a card from its driver, or gives it back.
func bind(t *testing.T, how string, which int) {
	t.Helper()
	name := fmt.Sprintf("snd_aloop.%d", which)
	if err := os.WriteFile("/sys/bus/platform/drivers/snd_aloop/"+how, []byte(name), 0o200); err != nil {
		t.Fatal(err)
	}
}

// within waits until something holds.
func within(t *testing.T, limit time.Duration, what string, j *journal, holds func() bool) {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > limit {
			t.Fatalf("%s: not within %v; faults %q, of %q", what, limit, j.faults(), j.ever())
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Logf("%s: after %v", what, time.Since(began).Round(time.Second))
}

// sources listens to each microphone.
func sources() (all []config.Source) {
	for _, c := range cards {
		for _, channel := range c.channels {
			all = append(all, config.Source{
				Name: fmt.Sprintf("%s%d", strings.ToLower(c.id), channel), Channel: channel,
				Sensor: &sensor.ALSA{Device: "hw:CARD=" + c.id + ",DEV=1", SampleRateHz: rate},
			})
		}
	}
	return all
}

// run runs a node that finds nothing unusual.
func run(t *testing.T) *journal {
	t.Helper()
	data := modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) {
		s.Normal = model.NormalStats{}
		s.Decision.Threshold = 1e12
	})
	c := config.Default()
	c.Node.ID = "guest"
	c.Model = filepath.Join(t.TempDir(), "any.tflite")
	c.Spool.Path = filepath.Join(t.TempDir(), "spool")
	c.MQTT.Broker = ""
	c.Sources = sources()
	if err := os.WriteFile(c.Model, data, 0o600); err != nil {
		t.Fatal(err)
	}
	j := &journal{}
	n, err := node.New(node.Options{Config: c, Version: "test", Log: slog.New(slog.NewJSONHandler(j, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-n.Ready()
	return j
}

// TestWirings listens to microphones as people wire them: longer than it took until an empty slot beside
// one was called a fault, which it must not be. Then one of them dies, alone, and two cards are taken away and
// come back under each other's numbers.
func TestWirings(t *testing.T) {
	long := 30 * time.Second
	if os.Getenv("GUEST_SOAK") == "1" {
		long = 3 * time.Minute
	}
	load := exec.Command("modprobe", "snd-aloop", "enable=1,1,1", "id=Left,Right,Both", "pcm_substreams=1")
	if said, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Cleanup(func() {
		if said, err := exec.Command("modprobe", "-r", "snd-aloop").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, said)
		}
	})
	w := &wires{t: t}
	for i, c := range cards {
		w.play(i, number(t, c.id))
	}
	j := run(t)
	<-time.After(long)
	if stand := j.wrong(); len(stand) > 0 {
		t.Errorf("after %v: %q, of %q", long, stand, j.ever())
	}
	is := func(want ...string) func() bool {
		slices.Sort(want)
		return func() bool { return slices.Equal(j.wrong(), want) }
	}
	w.dead[1].Store(true)
	within(t, 60*time.Second, "a microphone that died", j, is("source_silent right1"))
	w.dead[1].Store(false)
	within(t, 60*time.Second, "it lives again", j, is())

	before := [2]int{number(t, "Left"), number(t, "Right")}
	bind(t, "unbind", 0)
	bind(t, "unbind", 1)
	within(t, 20*time.Second, "two cards taken away", j, func() bool {
		stand := j.wrong()
		return len(stand) == 2 && strings.HasSuffix(stand[0], " left0") && strings.HasSuffix(stand[1], " right1")
	})
	for _, which := range []int{0, 1} {
		w.stops[which]()
	}
	bind(t, "bind", 1)
	bind(t, "bind", 0)
	if now := [2]int{number(t, "Left"), number(t, "Right")}; now[0] != before[1] || now[1] != before[0] {
		t.Fatalf("the cards are %v now, were %v: they should have changed their numbers", now, before)
	}
	for _, which := range []int{0, 1} {
		w.play(which, number(t, cards[which].id))
	}
	within(t, 60*time.Second, "they are back under each other's numbers", j, is())
	for _, said := range j.ever() {
		if strings.Contains(said, " both") && !isExpected(said) {
			t.Errorf("of the card that was left alone: %s", said)
		}
	}
}
