package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// TestRate judges a card by its clock, beyond what its times are good for: 100 ppm in 10 s.
func TestRate(t *testing.T) {
	for _, c := range []struct {
		ppm  float64
		want Health
	}{
		{0, good}, {299, good}, {-299, good}, {301, odd}, {-301, odd}, {10_050, odd}, {-10_050, odd}, {-10_101, bad},
		{-81_250, bad}, {88_435, bad},
	} {
		var report Report
		clock := alsa.Clock{RateHz: 48000 * (1 + c.ppm*1e-6), DriftPPM: c.ppm, Over: 10 * time.Second, OK: true}
		report.rate("mic", 48000, clock)
		if len(report.Checks) != 1 || report.Checks[0].State != c.want || (c.want == good) != (report.Checks[0].Fix == "") {
			t.Errorf("%+.0f ppm: %+v, want %s", c.ppm, report.Checks, c.want)
		}
	}
	var report Report
	report.rate("mic", 48000, alsa.Clock{RateHz: 44100, DriftPPM: -81_250, Over: 2 * time.Second, OK: true})
	if want := "mic: 44100 samples/s, -81250 ppm from 48000 (measured to 500 ppm)"; report.Checks[0].Text != want {
		t.Errorf("%q, want %q", report.Checks[0].Text, want)
	}
	report.rate("mic", 48000, alsa.Clock{RateHz: 48000})
	if len(report.Checks) != 1 {
		t.Errorf("judged although nothing was measured: %+v", report.Checks[1:])
	}
}

// TestSound has a fault where a node that listens to sound has no card, and no more than a
// warning where it listens to something else.
func TestSound(t *testing.T) {
	root := t.TempDir()
	model := filepath.Join(root, "proc/device-tree/model")
	if err := os.MkdirAll(filepath.Dir(model), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(model, []byte("Raspberry Pi 4 Model B\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	card := config.Source{Name: "a", Sensor: &sensor.ALSA{Device: "hw:0"}}
	shaking := config.Source{Name: "b", Sensor: &sensor.Accel{}}
	for _, c := range []struct {
		sources []config.Source
		want    Health
	}{
		{nil, bad},
		{[]config.Source{card}, bad},
		{[]config.Source{shaking}, good},
		{[]config.Source{shaking, card}, bad},
	} {
		var report Report
		report.sound(t.Context(), Options{Root: root}, &config.Config{Sources: c.sources})
		if len(report.Checks) != 2 {
			t.Fatalf("%+v", report.Checks)
		}
		if b := report.Checks[0]; b.Name != "board" || !strings.HasPrefix(b.Text, "Raspberry Pi 4") {
			t.Errorf("%+v", b)
		}
		if m := report.Checks[1]; m.Name != "microphone" || m.State != c.want || (m.Fix == "") != (c.want == good) {
			t.Errorf("%d sources: %+v, want %s", len(c.sources), m, c.want)
		}
	}
}

// TestLevels has a fault where a source listens to nothing, and a note where a slot of the
// bus that no source listens to is silent.
func TestLevels(t *testing.T) {
	for _, c := range []struct {
		name  string
		uses  []int
		alive [2]bool
		want  [2]Health
	}{
		{"one microphone, left", []int{0}, [2]bool{true, false}, [2]Health{good, good}},
		{"one microphone, right", []int{1}, [2]bool{false, true}, [2]Health{good, good}},
		{"the other slot", []int{1}, [2]bool{true, false}, [2]Health{good, bad}},
		{"two, one broken", []int{0, 1}, [2]bool{true, false}, [2]Health{good, bad}},
		{"no source, one microphone", nil, [2]bool{false, true}, [2]Health{good, good}},
		{"no source, nothing", nil, [2]bool{}, [2]Health{bad, bad}},
	} {
		k := heard{meters: recorder.NewMeters(hw.Format{Channels: 2, BitsPerSample: 32})}
		for ch, lives := range c.alive {
			for i := range 8000 {
				sample := int32(0)
				if lives {
					sample = int32(i%17) << 24
				}
				k.meters[ch].Write([]int32{sample})
			}
		}
		var report Report
		report.levels(&use{sensor.ALSA{Device: "card"}, c.uses}, 8000, &k, []string{"left", "right"})
		got := [2]Health{}
		for _, check := range report.Checks {
			for ch, name := range []string{"left", "right"} {
				if strings.Contains(check.Text, name) {
					got[ch] = check.State
				}
			}
			if check.State == bad && check.Fix == "" {
				t.Errorf("%s: a fault without a fix: %+v", c.name, check)
			}
		}
		if got != c.want || report.Well() != (c.want[0] != bad && c.want[1] != bad) {
			t.Errorf("%s: %v, want %v: %+v", c.name, got, c.want, report.Checks)
		}
	}
}

// TestCardsOf joins the sources of one card, under whichever of its names, with all that they
// ask of it.
func TestCardsOf(t *testing.T) {
	source := func(device string, rate, channels, channel int) config.Source {
		return config.Source{Channel: channel, Sensor: &sensor.ALSA{Device: device, SampleRateHz: rate, Channels: channels}}
	}
	uses, other := cardsOf("", &config.Config{Sources: []config.Source{
		source("hw:CARD=A,DEV=0", 0, 0, 1), source("hw:B", 16000, 0, 0), source("hw:A,0", 44100, 8, 4),
		{Sensor: &sensor.Sim{}}, source("hw:A", 0, 0, 1),
	}})
	want := []use{
		{sensor.ALSA{Device: "hw:CARD=A,DEV=0", SampleRateHz: 44100, Channels: 8}, []int{1, 4}},
		{sensor.ALSA{Device: "hw:B", SampleRateHz: 16000}, []int{0}},
	}
	if other != 1 || !reflect.DeepEqual(uses, want) {
		t.Errorf("%+v and %d others, want %+v", uses, other, want)
	}
}

// TestProblem takes over what helps, where a device says it.
func TestProblem(t *testing.T) {
	var report Report
	report.problem("microphone", &alsa.Problem{Code: alsa.NoDriver, Text: "no card", Fix: "plug one in"})
	report.problem("capture", errors.New("unplugged"))
	if c := report.Checks[0]; c.State != bad || c.Text != "no card" || c.Fix != "plug one in" {
		t.Errorf("%+v", c)
	}
	if c := report.Checks[1]; c.State != bad || !strings.Contains(c.Text, "unplugged") || c.Fix != "" {
		t.Errorf("%+v", c)
	}
	if report.Well() {
		t.Error("two faults, and all is well")
	}
}
