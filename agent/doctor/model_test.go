package doctor

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
)

// TestModelsInOrder names each model once, in the order of the sources that use it.
func TestModelsInOrder(t *testing.T) {
	settings := config.Default()
	var want []string
	for i := range 20 {
		path := fmt.Sprintf("/absent/%02d.tflite", (i*7)%20)
		want = append(want, path)
		for range 2 {
			settings.Sources = append(settings.Sources, config.Source{Model: path, Sensor: &sensor.Sim{}})
		}
	}
	var report Report
	report.models("", &settings)
	if len(report.Checks) != len(want) {
		t.Fatalf("%d checks, want %d", len(report.Checks), len(want))
	}
	for i, check := range report.Checks {
		if !strings.Contains(check.Text, want[i]) {
			t.Errorf("check %d is %q, want %s", i, check.Text, want[i])
		}
	}
}

// given is a source that says what it gives.
type given struct {
	format hw.Format
	origin hw.Origin
}

func (given) String() string                        { return "given" }
func (g given) Format() hw.Format                   { return g.format }
func (g given) Origin() hw.Origin                   { return g.origin }
func (given) Read(context.Context, *hw.Block) error { return io.EOF }
func (given) Halt() error                           { return nil }

// TestLearned compares accelerometers with what models have learned.
func TestLearned(t *testing.T) {
	was := hw.Origin{Sensor: "ADXL345{i2c-1}", Serial: "7", Unit: hw.G, FullScale: 16}
	rate := modeltest.Profile().SampleRateHz
	path := filepath.Join(t.TempDir(), "model")
	write := func(recorded ...model.Recorded) {
		data := modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) { s.Provenance.Recorded = recorded })
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other, narrow, sound, unknown := was, was, was, was
	other.Serial = "8"
	narrow.FullScale = 2
	sound.Unit, sound.FullScale = hw.FullScale, 1
	unknown.Unit, unknown.FullScale = "", 0
	for name, c := range map[string]struct {
		learned, is hw.Origin
		rateHz      int
		want        []string
	}{
		"the same":        {was, was, rate, []string{"model ok name: gives what the model learned (1 of "}},
		"another range":   {was, narrow, rate, []string{"model ok name: gives what the model learned (1 of "}},
		"another":         {was, other, rate, []string{"sensor warning name: the model learned from ADXL345{i2c-1} (serial number 7)"}},
		"a microphone":    {sound, was, rate, []string{"model fault name: gives acceleration, and the model has learned sound"}},
		"no scale":        {was, unknown, rate, []string{"scale warning name: it does not say what its full scale is"}},
		"a low rate":      {was, was, rate / 4, []string{"rate warning name: "}},
		"nothing is said": {hw.Origin{}, hw.Origin{}, rate, []string{"model ok name: "}},
	} {
		write(model.Recorded{SampleRateHz: rate, BitsPerSample: 16, Clips: 1, Origin: c.learned})
		settings := config.Config{Model: path, Sources: []config.Source{{Name: "name", Sensor: &sensor.IIO{}}}}
		var report Report
		report.learned(&settings, 0, given{hw.Format{SampleRateHz: c.rateHz, Channels: 3, BitsPerSample: 16}, c.is})
		wantChecks(t, name, report.Checks, c.want...)
	}
	var report Report
	report.learned(&config.Config{Model: path + "x", Sources: []config.Source{{Sensor: &sensor.IIO{}}}}, 0, given{})
	wantChecks(t, "no model", report.Checks)
}
