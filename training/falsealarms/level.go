package falsealarms

import (
	"slices"

	"github.com/auscult/auscult/training/metrics"
)

// block is a stretch of one recording.
type block struct {
	recording int // that it is cut from
	hours     float64
	level     float64 // highest threshold at which it raises an alarm
}

// A recording is cut into blocks of a minute, or of more where there would be too
// many of them.
const (
	blockSeconds = 60
	maxBlocks    = 500
)

// levels cuts recordings into blocks and finds their alarm levels for the
// judge's k of n.
func (j *judge) levels(recordings []Recording) ([]block, error) {
	total := 0
	for _, r := range recordings {
		total += len(r.Scores)
	}
	most := max(1, int(blockSeconds/j.period.Seconds()), total/maxBlocks)
	var blocks []block
	var before []float64 // last observations before the block, at most n-1
	for i, r := range recordings {
		for scores := range slices.Chunk(r.Scores, most) {
			level, err := j.level(before, scores)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, block{i, float64(len(scores)) * j.period.Hours(), level})
			before = append(before, scores...)
			before = before[max(0, len(before)-(j.s.N-1)):]
		}
	}
	return blocks, nil
}

// level returns the alarm level of scores after before: the lowest score where
// no threshold raises an alarm.
func (j *judge) level(before, scores []float64) (float64, error) {
	candidates := append(slices.Clone(before), scores...)
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	// A score is suspicious when it is above the threshold: the alarm that a
	// threshold just below candidate i raises is one that candidate i-1 raises.
	for i := len(candidates) - 1; i > 0; i-- {
		if !(candidates[i-1] > 0) {
			break // no decision has a threshold of 0
		}
		ok, err := j.raises(candidates[i-1], before, scores)
		if err != nil || ok {
			return candidates[i], err
		}
	}
	return candidates[0], nil
}

// tail is the distribution of the alarm levels of blocks of an hour.
func tail(blocks []block) (metrics.Gumbel, error) {
	level, hours := make([]float64, len(blocks)), make([]float64, len(blocks))
	for i, b := range blocks {
		level[i], hours[i] = b.level, b.hours
	}
	return metrics.FitGumbel(level, hours)
}
