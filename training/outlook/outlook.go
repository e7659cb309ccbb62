package outlook

import (
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/state"
)

// Outlook is what a decision promises.
type Outlook struct {
	// Expected is how many events normal sound raises; nil: not known.
	Expected *decide.Expected `json:"expected,omitempty"`
	// Changes are how small a change is noticed; none: it was not tried.
	Changes []Change `json:"changes,omitempty"`
}

// Change is a change of normal sound.
type Change struct {
	FromHz  float64 `json:"from_hz,omitempty"` // both 0: everything is louder
	ToHz    float64 `json:"to_hz,omitempty"`
	LevelDB float64 `json:"level_db,omitempty"` // of what is within, as the profile's range has it
	GainDB  float64 `json:"gain_db"`
	// NoticedS is after how many seconds the alarm was given at the latest; nil: not within Horizon.
	NoticedS *float64 `json:"noticed_s"`
}

// All says whether the change is one of everything.
func (c *Change) All() bool { return c.ToHz == 0 }

// Horizon is how long a change is played.
const Horizon = time.Hour

// starts is how many beginnings are tried.
const starts = 8

// Of returns a model's.
func Of(s *model.Settings) (*Outlook, error) {
	o := &Outlook{Expected: s.Decision.Expected}
	decision := s.Decision
	decision.AverageWindows = 1 // scores are of observations
	p := player{decision: decision, period: s.ObservationPeriod(), normal: s.Normal.Scores}
	for i := range s.Normal.Changed {
		changed := &s.Normal.Changed[i]
		c := Change{FromHz: changed.FromHz, ToHz: changed.ToHz, LevelDB: changed.LevelDB, GainDB: changed.GainDB}
		after, known, err := p.notices(changed.Scores)
		if err != nil {
			return nil, fmt.Errorf("outlook: %w", err)
		}
		if !known {
			continue
		}
		if after <= Horizon {
			seconds := after.Seconds()
			c.NoticedS = &seconds
		}
		o.Changes = append(o.Changes, c)
	}
	return o, nil
}

// player plays scores to a decision.
type player struct {
	decision decide.Settings
	period   time.Duration
	normal   []float32
}

// memory returns how many observations the decision looks back on.
func (p *player) memory() int {
	longest := p.decision.N
	for _, s := range p.decision.Scales {
		longest = max(longest, s.Observations)
	}
	return longest
}

// notices returns after how long a change is noticed at the latest; beyond Horizon: it is not. It is
// not known where the alarm is on before.
func (p *player) notices(changed []float32) (slowest time.Duration, known bool, err error) {
	if len(p.normal) == 0 || p.period <= 0 {
		return 0, false, nil
	}
	each := min(starts, len(changed))
	for k := range each {
		after, quiet, err := p.play(changed, k*len(changed)/each)
		if err != nil {
			return 0, false, err
		}
		if quiet {
			slowest, known = max(slowest, after), true
		}
	}
	return slowest, known, nil
}

// play plays normal sound, then a change from one of its scores on.
func (p *player) play(changed []float32, from int) (after time.Duration, quiet bool, err error) {
	d, err := decide.New(p.decision, 1)
	if err != nil {
		return 0, false, err
	}
	no := []float64{0}
	var at time.Time
	push := func(score float32) (o decide.Observation) {
		at = at.Add(p.period)
		o, _ = d.Push(at, float64(score), no)
		return o
	}
	for i := range p.memory() {
		if o := push(p.normal[i%len(p.normal)]); o.State == state.Alarm && o.Transition != decide.Ended {
			quiet = false
		} else {
			quiet = true
		}
	}
	if !quiet {
		return 0, false, nil
	}
	for after = p.period; after <= Horizon; after += p.period {
		if o := push(changed[from%len(changed)]); o.Transition == decide.Started {
			return after, true, nil
		}
		from++
	}
	return math.MaxInt64, true, nil
}
