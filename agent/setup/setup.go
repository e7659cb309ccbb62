package setup

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
)

// Source is what the configuration says of one sensor, but for how it is opened.
type Source struct {
	Name    string
	Channel int  // that is listened to, from 0
	Loop    bool // open it anew when it ends
	// Without names detectors of the model's ensemble that are switched off.
	Without []detect.Name
	// Conditions say where the operating conditions come from that the model takes.
	Conditions []condition.Input
}

// Decision changes what the model brings along. The zero value changes nothing.
type Decision struct {
	// ThresholdRatio multiplies the model's threshold; 0 is 1.
	ThresholdRatio float64
	// AdaptTime is how long the mean of normal scores reaches back that the threshold
	// follows; 0: the threshold stays.
	AdaptTime time.Duration
	// AdaptLimit is how many times the threshold it may reach.
	AdaptLimit float64
}

// ErrNoCondition is wrapped when nobody says where an operating condition comes from.
var ErrNoCondition = errors.New("add [[source.condition]] with that name and a topic or value")

// Pipeline returns the pipeline that a node gives to source s with model m, but for
// Open, Retry and Sink; readings are what has arrived on topics.
func Pipeline(d Decision, s Source, m *model.Model, readings *condition.Readings) (pipeline.Config, error) {
	p, err := pipeline.ForModel(m, s.Without...)
	if err != nil {
		return pipeline.Config{}, err
	}
	if p.Conditions, err = conditions(m, s.Conditions, readings); err != nil {
		return pipeline.Config{}, err
	}
	p.Source, p.Channel, p.Loop = s.Name, s.Channel, s.Loop
	if d.ThresholdRatio != 0 {
		p.Decision = p.Decision.Times(d.ThresholdRatio)
	}
	if d.AdaptTime > 0 {
		p.Adaptation = Adaptation(m, d.AdaptTime, d.AdaptLimit)
	}
	return p, nil
}

// Adaptation returns how the threshold of model m follows normal scores whose mean
// reaches back so long.
func Adaptation(m *model.Model, reach time.Duration, limit float64) *decide.Adaptation {
	return &decide.Adaptation{
		Normal: m.Settings.Normal.ScoreMean, Observations: max(1, float64(reach)/float64(m.Settings.ObservationPeriod())),
		Limit: limit,
	}
}

// beyond is by what part of the learned range a condition may leave it.
const beyond = 0.1

// conditions returns what gives the operating conditions of model m, nil if it takes
// none.
func conditions(m *model.Model, given []condition.Input, readings *condition.Readings) (func() ([]float64, error),
	error) {
	wanted := m.Settings.Conditions
	if len(wanted) == 0 {
		return nil, nil
	}
	inputs := make([]condition.Input, len(wanted))
	for i, w := range wanted {
		at := slices.IndexFunc(given, func(in condition.Input) bool { return in.Name == w.Name })
		if at < 0 {
			return nil, fmt.Errorf("the model takes the operating condition %q: %w", w.Name, ErrNoCondition)
		}
		inputs[i] = given[at]
	}
	values := make([]float64, len(wanted))
	return func() ([]float64, error) {
		for i, w := range wanted {
			v, err := readings.Value(inputs[i])
			if err != nil {
				return nil, err
			}
			if room := beyond * (w.Max - w.Min); v < w.Min-room || v > w.Max+room {
				return nil, fmt.Errorf("%s is not within the %g to %g that was learned: %w", w.Name, w.Min, w.Max, pipeline.ErrUnfit)
			}
			values[i] = v
		}
		return values, nil
	}, nil
}
