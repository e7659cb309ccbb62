package setup

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
)

func silent(t *testing.T, conditions ...model.Condition) *model.Model {
	t.Helper()
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), func(s *model.Settings) { s.Conditions = conditions }))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPipeline takes what the configuration says to the pipeline.
func TestPipeline(t *testing.T) {
	m := silent(t)
	p, err := Pipeline(Decision{}, Source{Name: "pump", Channel: 1, Loop: true}, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Source != "pump" || p.Channel != 1 || !p.Loop {
		t.Errorf("source %q, channel %d, in a loop %t, want pump, 1, true", p.Source, p.Channel, p.Loop)
	}
	if p.Adaptation != nil {
		t.Errorf("adaptation %+v, without one in the configuration", p.Adaptation)
	}
	if p.Conditions != nil {
		t.Error("conditions that the model does not have")
	}
	if p.Decision.Threshold != m.Settings.Decision.Threshold {
		t.Errorf("threshold %g, the model's is %g", p.Decision.Threshold, m.Settings.Decision.Threshold)
	}
	if p, err = Pipeline(Decision{ThresholdRatio: 1.5}, Source{Name: "pump"}, m, nil); err != nil ||
		p.Decision.Threshold != 1.5*m.Settings.Decision.Threshold {
		t.Errorf("threshold %g, %v", p.Decision.Threshold, err)
	}
	if _, err := Pipeline(Decision{}, Source{Name: "pump", Without: []detect.Name{"level"}}, m, nil); err != nil {
		t.Errorf("a model with one detector: %v", err)
	}
}

// TestAdaptation takes the configuration's keys to the decision.
func TestAdaptation(t *testing.T) {
	m := silent(t)
	p, err := Pipeline(Decision{ThresholdRatio: 1, AdaptTime: 24 * time.Hour, AdaptLimit: 1.25}, Source{Name: "pump"}, m,
		nil)
	if err != nil {
		t.Fatal(err)
	}
	want := float64(24*time.Hour) / float64(m.Settings.ObservationPeriod())
	if a := p.Adaptation; a == nil || a.Limit != 1.25 || a.Observations != want ||
		a.Normal != m.Settings.Normal.ScoreMean {
		t.Errorf("adaptation %+v, want over %g observations up to 1.25 from %g", a, want, m.Settings.Normal.ScoreMean)
	}
	if a := Adaptation(m, time.Nanosecond, 2); a.Observations != 1 {
		t.Errorf("a time shorter than an observation becomes %g observations", a.Observations)
	}
}

func TestConditionsOfAModel(t *testing.T) {
	m := silent(t, model.Condition{Name: "speed_rpm", Unit: "1/min", Min: 900, Max: 1500})
	now := time.Unix(0, 0)
	value := 1559.0 // the range's ends may be passed by a tenth of it
	readings := condition.NewReadings(func() time.Time { return now }, func() bool { return true }, nil)
	if _, err := conditions(m, nil, readings); !errors.Is(err, ErrNoCondition) ||
		!strings.Contains(err.Error(), "add [[source.condition]]") {
		t.Errorf("a condition that nobody gives: %v", err)
	}
	give, err := conditions(m, []condition.Input{{Name: "speed_rpm", Fixed: &value}}, readings)
	if err != nil {
		t.Fatal(err)
	}
	for _, value = range []float64{1559, 1560, 840, 1000} {
		if v, err := give(); err != nil || v[0] != value {
			t.Errorf("%g gives %v, %v", value, v, err)
		}
	}
	for _, value = range []float64{1561, 839, -1000} {
		if _, err := give(); err == nil || !strings.Contains(err.Error(), "not within the 900 to 1500") {
			t.Errorf("%g, more than a tenth of the range beyond it: %v", value, err)
		}
	}
}
