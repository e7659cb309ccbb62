package content

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
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

// PerDayText writes how many false alarms begin a day, or that one does not end.
func (d *DriftOf) PerDayText() string {
	if d.AlarmTime > 0.5 && d.PerDay < 1 {
		return "one lasts"
	}
	return fmt.Sprintf("%.1f", d.PerDay)
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
	progress := o.part("drift", 0.7, 0.8)
	err := s.replayEach(ctx, o, clips, progress, func(ctx context.Context, i int, pcm []int32, rateHz int) error {
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
	sim, err := s.newDriftSimulation(len(gains), seed)
	if err != nil {
		return nil, err
	}
	for k, gain := range gains {
		step := DriftStep{GainDB: gain, Day: float64(driftDays*(k+1)) / float64(len(gains))}
		var all []float64
		for _, r := range scores[k][:normal] {
			all = append(all, r.each...)
		}
		if len(all) == 0 {
			return nil, nil // clips too short for an observation
		}
		step.Median = metrics.Quantile(all, 0.5)
		of := [2]*DriftOf{&step.Fixed, &step.Adapted}
		sim.live(scores[k][:normal], of)
		for side := range of {
			if err := sim.judge(side, scores[k][normal:], of[side]); err != nil {
				return nil, err
			}
		}
		d.Steps = append(d.Steps, step)
	}
	return d, nil
}

// driftSimulation is the time that goes by while all sound grows louder.
type driftSimulation struct {
	decision decide.Settings
	sides    [2]*decide.Decider // with a fixed threshold, with one that adapts
	rng      *rand.Rand
	steps    int
	at       time.Time
}

func (s *Study) newDriftSimulation(steps int, seed uint64) (*driftSimulation, error) {
	sim := &driftSimulation{decision: s.Settings.Decision, steps: steps, at: time.Unix(0, 0)}
	sim.rng = rand.New(rand.NewPCG(seed, 0x6472696674))
	sim.decision.AverageWindows = 1 // what is drawn are observations
	sim.decision.Scales = nil       // and they do not follow each other
	for i := range sim.sides {
		var err error
		if sim.sides[i], err = decide.New(sim.decision, 1); err != nil {
			return nil, err
		}
	}
	adaptation := setup.Adaptation(s.Model, driftReach, driftLimit)
	// One observation a minute stands for all of that minute's.
	adaptation.Observations *= float64(s.Settings.ObservationPeriod()) / float64(driftEvery)
	return sim, sim.sides[1].Adapt(*adaptation)
}

// live lets one step's time go by, with observations that are drawn from the pool's
// clips, and counts each side's alarms.
func (sim *driftSimulation) live(pool []replayed, of [2]*DriftOf) {
	observations := int(driftDays * 24 * time.Hour / driftEvery / time.Duration(sim.steps))
	for n := 0; n < observations; n += driftPerClip {
		clip := pool[sim.rng.IntN(len(pool))].each
		if len(clip) == 0 {
			continue
		}
		from := sim.rng.IntN(len(clip))
		for i := range driftPerClip {
			sim.at = sim.at.Add(driftEvery)
			for side := range sim.sides {
				sim.push(side, clip[(from+i)%len(clip)], of[side])
			}
		}
	}
	for side := range sim.sides {
		of[side].PerDay /= float64(driftDays) / float64(sim.steps)
		of[side].AlarmTime /= float64(observations)
	}
}

// push gives one side an observation and counts what it makes of it.
func (sim *driftSimulation) push(side int, score float64, of *DriftOf) {
	got, ok := sim.sides[side].Push(sim.at, score, []float64{0})
	if ok && got.Transition == decide.Started {
		of.PerDay++
	}
	if ok && got.State == state.Alarm {
		of.AlarmTime++
	}
}

// judge notes one side's threshold, and how many abnormal clips it would find.
func (sim *driftSimulation) judge(side int, abnormal []replayed, of *DriftOf) error {
	of.Threshold = sim.sides[side].Threshold()
	decision := sim.decision
	decision.Threshold = of.Threshold
	for _, r := range abnormal {
		raised, err := raises(decision, r.each)
		if err != nil {
			return err
		}
		of.Caught += count(raised)
	}
	return nil
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
