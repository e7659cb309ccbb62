package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/spool"
)

func TestDiskHealth(t *testing.T) {
	for free, want := range map[uint64]Health{
		0: bad, 64<<20 - 1: bad, 64 << 20: odd, 512<<20 - 1: odd, 512 << 20: good, 1 << 40: good,
	} {
		if got := diskHealth(free); got != want {
			t.Errorf("%d bytes free: %s, want %s", free, got, want)
		}
	}
}

// wantChecks compares name, state and the beginning of the text of checks.
func wantChecks(t *testing.T, what string, got []Check, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %+v, want %q", what, got, want)
	}
	for i, c := range got {
		if text := c.Name + " " + string(c.State) + " " + c.Text; !strings.HasPrefix(text, want[i]) {
			t.Errorf("%s: %q, want %q", what, text, want[i])
		}
		if (c.Fix == "") != (c.State == good) {
			t.Errorf("%s: %s is %s, and helps: %q", what, c.Name, c.State, c.Fix)
		}
	}
}

// TestModels loads each model once, and tells one that is not made yet from one that
// cannot be used.
func TestModels(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string][]byte{
		"good": modeltest.Silent(t, modeltest.Profile(), nil), "garbage": []byte("garbage"),
	} {
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"good": "model ok " + path("good") + ": silence", "garbage": "model fault model: ", "absent": "model warning model: ",
	} {
		var report Report
		report.models("", &config.Config{Model: path(name), Sources: []config.Source{{Name: "a"}, {Name: "b"}}})
		wantChecks(t, name, report.Checks, want)
	}
}

// TestSpool says how many alerts wait, and whether the file is the node's own.
// TestModelRates doubts the rate of a source whose conversion does not reach as far as the
// model's bands do.
func TestModelRates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.tflite")
	// Bands up to half of 8 kHz, learned at that rate.
	if err := os.WriteFile(path, modeltest.Silent(t, modeltest.Profile(), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	for rate, want := range map[int][]string{8000: nil, 0: {"rate warning mic: sound of 48000 Hz is heard, of 8000 Hz was learned"}} {
		var report Report
		report.models("", &config.Config{Model: path, Sources: []config.Source{
			{Name: "mic", Sensor: &sensor.ALSA{SampleRateHz: rate}}, {Name: "pump", Sensor: &sensor.Sim{}},
		}})
		wantChecks(t, "rates", report.Checks, append([]string{"model ok"}, want...)...)
	}
}

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "alerts")
	var report Report
	report.spool(path)
	wantChecks(t, "no file", report.Checks)
	s, err := spool.Open(path, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put("t", func(string, uint64) ([]byte, error) { return []byte("x"), nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	report.spool(path)
	wantChecks(t, "an alert", report.Checks, "spool ok "+path+": 1 alerts wait")
	report = Report{}
	report.spool(dir)
	wantChecks(t, "a folder", report.Checks, "spool fault ")
	report = Report{}
	report.spool(filepath.Join(path, "below"))
	wantChecks(t, "a path through a file", report.Checks, "spool warning ")
	report = Report{}
	report.disk(filepath.Join(dir, "absent", "alerts"))
	wantChecks(t, "no folder", report.Checks, "disk fault ")
}
