package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw/alsa"
)

// TestRate judges a card of 48 kHz by when its samples came, beyond what the times are
// good for: 500 ppm in 10 s.
func TestRate(t *testing.T) {
	first := time.Unix(1000, 0)
	for _, c := range []struct {
		last uint64 // sample time, 10 s after the first
		want Health
	}{
		{480000, good},
		{480000 + 719, good}, // 1498 ppm
		{480000 + 721, odd},
		{480000 - 719, good},
		{480000 - 721, odd},
		{441000, odd},
	} {
		var report Report
		report.rate("mic", 48000, &heard{last: c.last, first: first, end: first.Add(10 * time.Second)})
		if len(report.Checks) != 1 || report.Checks[0].State != c.want {
			t.Errorf("%d samples in 10 s: %+v, want %s", c.last, report.Checks, c.want)
		}
	}
	var report Report
	report.rate("mic", 48000, &heard{last: 44100 * 2, first: first, end: first.Add(2 * time.Second)})
	if want := "mic: 44100 samples/s, -81250 ppm (measured to 2500 ppm)"; report.Checks[0].Text != want {
		t.Errorf("%q, want %q", report.Checks[0].Text, want)
	}
	report.rate("mic", 48000, &heard{last: 1, first: first, end: first.Add(999 * time.Millisecond)})
	if len(report.Checks) != 1 {
		t.Errorf("judged after less than a second: %+v", report.Checks[1:])
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
		{[]config.Source{shaking}, odd},
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
		if m := report.Checks[1]; m.Name != "microphone" || m.State != c.want || m.Fix == "" {
			t.Errorf("%d sources: %+v, want %s", len(c.sources), m, c.want)
		}
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
