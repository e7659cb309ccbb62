package falsealarms

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/state"
)

const weekS = 7 * 24 * 3600

const (
	// tailOf is how many blocks one is of the tail that is extrapolated.
	tailOf = 3
	// leastTail is how many blocks make a tail at least.
	leastTail = 2
	// priorBlocks is how many blocks of the tail the fall-off of surprises is worth that is known
	// beforehand.
	priorBlocks = 6.0
	// chance is what Expected.Low and High leave out on either side.
	chance = 0.05
	// mostRatio bounds how far above the thresholds a block is looked at.
	mostRatio = 1e3
)

// Expect says what a decision will do on sound like the clips', whose observations are period apart. The
// clips are cut to blocks of a minute at most; each has a level, the highest ratio to the decision's
// thresholds at which the alarm would be on in it. The highest third of the levels are taken to fall off
// exponentially. So does the surprise of single observations, by its definition, and faster where several must
// exceed a threshold: what is known of that beforehand counts as so many blocks.
//
// Scales that take longer than all of the clips are not in it. A decision of other scores than surprises has
// nothing known beforehand.
func Expect(clips [][]float64, period time.Duration, d decide.Settings, surprises bool) (*decide.Expected, error) {
	recordings := make([]Recording, 0, len(clips))
	for _, scores := range clips {
		if len(scores) > 0 {
			recordings = append(recordings, Recording{Scores: scores})
		}
	}
	if len(recordings) == 0 || period <= 0 {
		return nil, fmt.Errorf("falsealarms: no observations say how often a decision is false")
	}
	levels, err := newJudge(d, period).ratios(recordings)
	if err != nil {
		return nil, err
	}
	e := &decide.Expected{Clips: len(recordings)}
	for _, r := range recordings {
		e.DurationS += float64(len(r.Scores)) * period.Seconds()
	}
	t := newFallOff(levels)
	t.heard = max(1, t.heard*float64(len(recordings))/float64(len(levels))) // blocks of one clip are alike
	if surprises {
		t.prior = priorBlocks
		t.known = 1 / (math.Ln10 * math.Sqrt(float64(d.K)) * d.Threshold)
	}
	perWeek := func(fall float64) float64 {
		blockS := e.DurationS / float64(len(levels))
		return min(weekS/period.Seconds(), t.exceeded(1, fall)*weekS/blockS)
	}
	best, least, most := t.fall()
	e.PerWeek = perWeek(best)
	e.Low = poissonQuantile(perWeek(least), chance)
	e.High = poissonQuantile(perWeek(most), 1-chance)
	e.MoreS = math.Round(e.DurationS * 3 * (t.heard + t.prior) / t.heard)
	return e, nil
}

// expect says what the choice will do: as often as its own fit expects, within what Expect leaves open.
func (c *Choice) expect(recordings []Recording, period time.Duration, surprises bool) error {
	var clips [][]float64
	for _, r := range recordings {
		clips = append(clips, r.Scores)
	}
	e, err := Expect(clips, period, c.Decision, surprises)
	if err != nil {
		return err
	}
	perHour := c.Tail.Rate(c.Decision.Threshold)
	c.Expected, e.PerWeek = perHour*MonthHours, perHour*weekS/3600
	e.Low, e.High = min(e.Low, poissonQuantile(e.PerWeek, chance)), max(e.High, poissonQuantile(e.PerWeek, 1-chance))
	c.Decision.Expected = e
	return nil
}

// fallOff is how the highest levels of blocks fall off.
type fallOff struct {
	from   float64 // level at which the tail begins
	share  float64 // of blocks in it
	excess float64 // their mean over from
	above  []float64
	heard  float64 // how many independent blocks excess rests on
	blocks int

	known, prior float64 // mean excess that is known beforehand, and how many blocks that is worth
}

func newFallOff(levels []float64) *fallOff {
	sorted := slices.Sorted(slices.Values(levels))
	slices.Reverse(sorted)
	m := min(max(leastTail, len(sorted)/tailOf), len(sorted)-1)
	if m < 1 { // one block: it is all that is known
		return &fallOff{from: sorted[0], share: 1, heard: 1, above: sorted, blocks: 1}
	}
	t := &fallOff{from: sorted[m], heard: float64(m), above: sorted, blocks: len(sorted)}
	t.share = t.heard / float64(t.blocks)
	for _, v := range sorted[:m] {
		t.excess += (v - t.from) / float64(m)
	}
	return t
}

// fall returns the mean excess, and how low and high it may be.
func (t *fallOff) fall() (best, least, most float64) {
	n := t.heard + t.prior
	best = (t.heard*t.excess + t.prior*t.known) / n
	chi := distuv.ChiSquared{K: 2 * n}
	return best, best * 2 * n / chi.Quantile(1-chance), best * 2 * n / chi.Quantile(chance)
}

// exceeded returns the expected number of times that a block exceeds a level.
func (t *fallOff) exceeded(level, fall float64) float64 {
	if level <= t.from {
		over := 0
		for over < len(t.above) && t.above[over] > level {
			over++
		}
		return max(t.share, float64(over)/float64(t.blocks))
	}
	if !(fall > 0) {
		return 0
	}
	return t.share * math.Exp(-(level-t.from)/fall)
}

// poissonQuantile returns the lowest count that is not exceeded with a probability.
func poissonQuantile(mean, p float64) float64 {
	const exact = 1e4
	if mean > exact {
		return math.Round(max(0, mean+distuv.UnitNormal.Quantile(p)*math.Sqrt(mean)))
	}
	k, term, sum := 0.0, math.Exp(-mean), 0.0
	if term == 0 { // below what a float64 holds: by the normal distribution, for the same reason
		return math.Round(max(0, mean+distuv.UnitNormal.Quantile(p)*math.Sqrt(mean)))
	}
	for sum += term; sum < p && k < 4*exact; sum += term {
		k++
		term *= mean / k
	}
	return k
}

// ratios returns for each block of recordings that follow each other the highest ratio to the
// decision's thresholds at which the alarm is on in it; 0 where no score is above 0.
func (j *judge) ratios(recordings []Recording) (ratios []float64, err error) {
	total := 0
	for _, r := range recordings {
		total += len(r.Scores)
	}
	most := max(1, int(blockSeconds/j.period.Seconds()), total/maxBlocks)
	back := j.s.N - 1
	for _, s := range j.s.Scales {
		if s.Observations <= total {
			back = max(back, s.Observations-1)
		}
	}
	var before []float64
	for _, r := range recordings {
		for scores := range slices.Chunk(r.Scores, most) {
			ratio, err := j.ratio(before, scores)
			if err != nil {
				return nil, err
			}
			ratios = append(ratios, ratio)
			before = append(before, scores...)
			before = before[max(0, len(before)-back):]
		}
	}
	return ratios, nil
}

// ratio finds a block's.
func (j *judge) ratio(before, block []float64) (float64, error) {
	lowest := j.s.Threshold
	for _, s := range j.s.Scales {
		lowest = min(lowest, s.Threshold)
	}
	high := max(slices.Max(block), slices.Max(append([]float64{0}, before...))) / lowest
	high = min(high*1.01, mostRatio)
	low := 0.0
	const steps = 11 // to a part in 2,000
	for range steps {
		if !(high > 0) {
			return 0, nil
		}
		at := (low + high) / 2
		s := j.s.Times(at)
		raised, err := sounds(s, before, block)
		if err != nil {
			return 0, err
		}
		if raised {
			low = at
		} else {
			high = at
		}
	}
	return low, nil
}

// sounds reports whether the alarm of a decision is on in block, which follows before. The lower the
// thresholds, the sooner it is.
func sounds(s decide.Settings, before, block []float64) (bool, error) {
	d, err := decide.New(s, 1)
	if err != nil {
		return false, err
	}
	var t time.Time
	no := []float64{0}
	for i, part := range [][]float64{before, block} {
		for _, v := range part {
			t = t.Add(time.Second)
			if o, ok := d.Push(t, v, no); ok && o.State == state.Alarm && i == 1 {
				return true, nil
			}
		}
	}
	return false, nil
}
