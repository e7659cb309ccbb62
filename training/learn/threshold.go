package learn

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/training/metrics"
)

// The decision that models get until `auscult budget` chooses one for a machine's own
// recordings: two suspicious observations of about two seconds out of three, and the means of
// slower scales.
const (
	alarmK     = 2
	alarmN     = 3
	clearRatio = 0.9
)

// perWeek is how many false events a week the decision may raise, as far as normal sound that was
// learned can tell: half by the quick decision, half by the slower scales together.
const perWeek = 1.0

const weekS = 7 * 24 * 3600

// slowerS are the scales' lengths in seconds: about those of a start-up, of what passes by, of a
// load cycle.
var slowerS = []float64{16, 60, 300, 3600}

// leastClips is how many clips must differ before a scale has a threshold: their spread is all
// that it rests on.
const leastClips = 4

// scored is normal sound as models judged it that had not learned it.
type scored struct {
	scores  []float64 // observations, clip after clip
	lengths []int     // observations of each clip
	periodS float64   // from one observation to the next
	// surprises says that a score is a surprise, the highest of so many detectors'; 0: it has
	// another unit.
	surprises int
}

// decision chooses when normal sound that scores like this is an event.
func (s *scored) decision() (decide.Settings, error) {
	quiet := 0.0
	s.each(func(clip []float64) { quiet = max(quiet, quietAt(clip, alarmK, alarmN)) })
	if !(quiet > 0) {
		return decide.Settings{}, fmt.Errorf("learn: %d observations of normal sound hardly score at all: are they silent, or copies of one sound?",
			len(s.scores))
	}
	d := decide.Settings{
		Threshold: quiet, AverageWindows: 1, K: alarmK, N: alarmN, ClearRatio: clearRatio,
		Method: fmt.Sprintf("lowest at which %d of %d raises no alarm on %d cross-fitted observations of normal sound",
			alarmK, alarmN, len(s.scores)),
	}
	if s.surprises == 0 {
		return d, nil
	}
	rare, known := s.rare(), s.known()
	switch {
	case known < rare && known > quiet:
		d.Threshold = known
		d.Method = fmt.Sprintf("as high as %d clips can tell, less than for one false event in %.0f weeks (%.3g); %d cross-fitted observations reach %.3g",
			len(s.lengths), 2/perWeek, rare, len(s.scores), quiet)
	case rare > quiet:
		d.Threshold = rare
		d.Method = fmt.Sprintf("%d of %d above it are to be expected once in %.0f weeks of sound like the %d cross-fitted observations, which reach %.3g",
			alarmK, alarmN, 2/perWeek, len(s.scores), quiet)
	}
	d.Scales = s.scales(d.Threshold)
	return d, nil
}

func (s *scored) each(clip func(scores []float64)) {
	start := 0
	for _, n := range s.lengths {
		clip(s.scores[start : start+n])
		start += n
	}
}

// rare returns the surprise that K of N observations reach by chance as often as the budget
// allows, if they are independent. The highest of several detectors' surprises is high more often
// than each one's: how much more, normal sound says, and as long as it says little, the detectors
// are taken for half independent.
func (s *scored) rare() float64 {
	const (
		at    = 1.0 // a surprise that enough observations reach
		prior = 1.0 // observations that reach it, of which half are said to be several detectors'
	)
	reach := 0.0
	for _, v := range s.scores {
		if v >= at {
			reach++
		}
	}
	half := math.Sqrt(float64(s.surprises))
	several := (reach + prior*half) / (float64(len(s.scores))*math.Pow(10, -at) + prior)
	several = max(1, min(float64(s.surprises), several))
	// An event needs K-1 more among the N-1 observations after a suspicious one.
	ways := float64(combin.Binomial(alarmN-1, alarmK-1))
	share := math.Pow(perWeek/2*s.periodS/weekS/ways, 1.0/alarmK)
	return -math.Log10(share) + math.Log10(several)
}

// known returns the surprise beyond which so few clips say nothing: a threshold there would be deaf.
// Where most clips have as many observations as a decision looks at, it was seen how they follow each
// other; where they have fewer, all that is left is to extrapolate.
func (s *scored) known() float64 {
	lengths := slices.Sorted(slices.Values(s.lengths))
	far := beyond
	if lengths[len(lengths)/2] < alarmN {
		far = beyondUnseen
	}
	return far + math.Log10(float64(len(lengths)))
}

// Of surprises, how far they may be extrapolated beyond what clips were heard: of single
// observations, whose sequence was heard or not, and of means, of which more are needed for an event.
const (
	beyond       = 1.5
	beyondUnseen = 2.5
	beyondMean   = 2.4
)

// scales returns the slower decisions that can tell less than the quick one's threshold.
func (s *scored) scales(threshold float64) (all []decide.Scale) {
	if len(s.lengths) < leastClips {
		return nil
	}
	for _, length := range slowerS {
		n := int(math.Round(length / s.periodS))
		if n < 2 || n > decide.MaxScaleObservations {
			continue
		}
		blocks, each := s.blocks(n, threshold)
		share := perWeek / 2 / float64(len(slowerS)) * length / weekS
		share = max(share, math.Pow(10, -beyondMean)/float64(len(s.lengths)))
		mean, at := s.rareMean(blocks, max(1, float64(n)/each/2), share)
		if last := len(all) - 1; last >= 0 {
			at = min(at, all[last].Threshold) // what lasts longer need not be louder
		}
		if mean > 0 && mean < at && at < threshold {
			all = append(all, decide.Scale{Observations: n, Threshold: at, Clear: (mean + at) / 2})
		}
	}
	return all
}

// blocks returns the means of pieces of clips that have so many observations, or of whole ones
// that are shorter, and how many they have on average. An observation counts up to a threshold.
func (s *scored) blocks(most int, threshold float64) (means []float64, each float64) {
	observations := 0
	s.each(func(clip []float64) {
		for piece := range slices.Chunk(clip, most) {
			if len(piece) < min(most, len(clip)) {
				break // the rest of a clip that was cut
			}
			sum := 0.0
			for _, v := range piece {
				sum += min(v, threshold)
			}
			means = append(means, sum/float64(len(piece)))
			observations += len(piece)
		}
	})
	return means, float64(observations) / float64(len(means))
}

// rareMean returns the mean of blocks, and what the mean of so many independent ones exceeds with
// a probability: a gamma distribution with the blocks' mean, and with the variance of such a mean
// and of the clips' own. How far few clips may mislead about that variance, Student's distribution
// says. It is never below the highest block.
func (s *scored) rareMean(blocks []float64, independent, share float64) (mean, at float64) {
	clips := float64(len(s.lengths))
	mean, deviation := metrics.Moments(blocks)
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: clips - 1}
	deviation *= math.Sqrt(clips/(clips-1)) * student.Quantile(1-share) / distuv.UnitNormal.Quantile(1-share)
	variance := deviation * deviation * (1/independent + 1/clips)
	highest := slices.Max(blocks)
	if !(variance > 0) || !(mean > 0) {
		return mean, highest
	}
	return mean, max(highest, distuv.Gamma{Alpha: mean * mean / variance, Beta: mean / variance}.Quantile(1-share))
}

// quietAt returns the lowest threshold at which k of n consecutive scores of a
// clip raise no alarm.
func quietAt(scores []float64, k, n int) float64 {
	k = min(k, len(scores))
	highest := 0.0
	for end := k; end <= len(scores); end++ {
		window := slices.Sorted(slices.Values(scores[max(0, end-n):end]))
		highest = max(highest, window[len(window)-k])
	}
	return highest
}
