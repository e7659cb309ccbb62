package study

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/eval"
)

// Drift is a slow change that is no fault, simulated: all sound grows louder over
// some weeks, with the threshold that the model has and with one that adapts.
type Drift struct {
	Days   int         `json:"days"`
	ReachD float64     `json:"adapt_days"` // how long the adaptive threshold's mean reaches back
	Limit  float64     `json:"adapt_limit"`
	Steps  []DriftStep `json:"steps"`
}

// DriftStep is a part of the time, at one level.
type DriftStep struct {
	GainDB  float64 `json:"gain_db"`
	Day     float64 `json:"day"`          // when it ends
	Median  float64 `json:"normal_score"` // of normal observations
	Fixed   DriftOf `json:"fixed"`
	Adapted DriftOf `json:"adaptive"`
}

// DriftOf is what one of the two thresholds makes of a step.
type DriftOf struct {
	Threshold float64 `json:"threshold"`    // at its end
	PerDay    float64 `json:"false_alarms"` // a day
	AlarmTime float64 `json:"alarm_time"`   // part of the time that a false alarm lasts
	Caught    int     `json:"caught"`       // abnormal clips that raise the alarm at its end
}

// The simulation: what a season does in two months.
const (
	driftDays    = 60
	driftReach   = 7 * 24 * time.Hour
	driftLimit   = 1.5
	driftDB      = 6
	driftClips   = 12 // of each label
	driftEvery   = time.Minute
	driftPerClip = 5 // observations of one clip in a row, since sound does not change its mind each minute
)

// addDrift replays normal and abnormal clips at growing levels, and lets the
// node's decision go through two months of observations drawn from them.
func (s *Study) addDrift(ctx context.Context, o *Options) error {
	if o.Quick || s.Result.Normal == 0 {
		return nil
	}
	clips, normal := someClips(o.Set, driftClips)
	gains := make([]float64, driftDB+1)
	for i := range gains {
		gains[i] = float64(i)
	}
	scores := make([][]replayed, len(gains))
	for i := range scores {
		scores[i] = make([]replayed, len(clips))
	}
	err := s.replayEach(ctx, o, clips, "drift", 0.7, 0.8, func(ctx context.Context, i int, pcm []int32, rateHz int) error {
		for k, gain := range gains {
			louder := append([]int32(nil), pcm...)
			dataset.Amplify(louder, gain)
			got, err := s.replayPCM(ctx, o, clips[i], louder, rateHz)
			if err != nil {
				return err
			}
			scores[k][i] = got
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.Drift, err = s.simulateDrift(gains, scores, normal, o.Seed)
	return err
}

// simulateDrift runs both decisions over the same observations. The first normal
// clips of each row of scores are normal.
func (s *Study) simulateDrift(gains []float64, scores [][]replayed, normal int, seed uint64) (*Drift, error) {
	d := &Drift{Days: driftDays, ReachD: driftReach.Hours() / 24, Limit: driftLimit}
	adaptation := setup.Adaptation(s.Model, driftReach, driftLimit)
	// One observation a minute stands for all of that minute's.
	adaptation.Observations *= float64(s.Settings.ObservationPeriod()) / float64(driftEvery)
	decision := s.Settings.Decision
	decision.AverageWindows = 1 // what is drawn are observations
	var sides [2]*decide.Decider
	for i := range sides {
		var err error
		if sides[i], err = decide.New(decision, 1); err != nil {
			return nil, err
		}
	}
	if err := sides[1].Adapt(*adaptation); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0x6472696674))
	perStep := int(driftDays * 24 * time.Hour / driftEvery / time.Duration(len(gains)))
	at := time.Unix(0, 0)
	for k, gain := range gains {
		step := DriftStep{GainDB: gain, Day: float64(driftDays*(k+1)) / float64(len(gains))}
		pool := scores[k][:normal]
		var all []float64
		for _, r := range pool {
			all = append(all, r.each...)
		}
		if len(all) == 0 {
			return nil, nil // clips too short for an observation
		}
		step.Median = eval.Quantile(all, 0.5)
		of := [2]*DriftOf{&step.Fixed, &step.Adapted}
		for n := 0; n < perStep; n += driftPerClip {
			clip := pool[rng.IntN(normal)].each
			if len(clip) == 0 {
				continue
			}
			from := rng.IntN(len(clip))
			for i := range driftPerClip {
				at = at.Add(driftEvery)
				for side, decider := range sides {
					got, ok := decider.Push(at, clip[(from+i)%len(clip)], []float64{0})
					if ok && got.Transition == decide.Started {
						of[side].PerDay++
					}
					if ok && got.State == state.Alarm {
						of[side].AlarmTime++
					}
				}
			}
		}
		days := float64(driftDays) / float64(len(gains))
		for side, decider := range sides {
			of[side].PerDay /= days
			of[side].AlarmTime /= float64(perStep)
			of[side].Threshold = decider.Threshold()
			caught := decision
			caught.Threshold = decider.Threshold()
			for _, r := range scores[k][normal:] {
				raised, err := raises(caught, r.each)
				if err != nil {
					return nil, err
				}
				of[side].Caught += count(raised)
			}
		}
		d.Steps = append(d.Steps, step)
	}
	return d, nil
}

// raises says whether a decision raises the alarm on a clip's observations.
func raises(s decide.Settings, scores []float64) (bool, error) {
	d, err := decide.New(s, 1)
	if err != nil {
		return false, err
	}
	for i, score := range scores {
		if o, ok := d.Push(time.Unix(int64(i), 0), score, []float64{0}); ok && o.Transition == decide.Started {
			return true, nil
		}
	}
	return false, nil
}
