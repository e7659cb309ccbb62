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
	if p.Source != "pump" || p.Channel != 1 || !p.Loop || p.Adaptation != nil || p.Conditions != nil ||
		p.Decision.Threshold != m.Settings.Decision.Threshold {
		t.Errorf("%+v", p)
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
}

func TestConditionsOfAModel(t *testing.T) {
	m := silent(t, model.Condition{Name: "speed_rpm", Unit: "1/min", Min: 900, Max: 1500})
	now := time.Unix(0, 0)
	value := 1559.0 // above the range by less than a tenth of it
	readings := condition.NewReadings(func() time.Time { return now }, nil)
	if _, err := conditions(m, nil, readings); !errors.Is(err, ErrNoCondition) ||
		!strings.Contains(err.Error(), "add [[source.condition]]") {
		t.Errorf("a condition that nobody gives: %v", err)
	}
	give, err := conditions(m, []condition.Input{{Name: "speed_rpm", Fixed: &value}}, readings)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := give(); err != nil || v[0] != 1559 {
		t.Errorf("%v, %v", v, err)
	}
	value = 1561
	if _, err := give(); err == nil {
		t.Error("a speed more than a tenth of the range beyond it was taken")
	}
}
