package doctor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/sensor"
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
