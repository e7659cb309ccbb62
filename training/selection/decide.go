package selection

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/auscult/auscult/training/metrics"
)

// decide takes the first family, which serves most machines, unless another one is ahead by more than the held
// clips may owe to chance; of those as good as that one the cheapest. Where so few are held that chance decides,
// nothing else is taken.
func (c *Choice) decide(seed uint64) {
	first := &c.Tried[0] // it has always been tried to its end
	best := first
	for i := range c.Tried[1:] {
		if t := &c.Tried[i+1]; t.Note == "" && t.AUC > best.AUC {
			best = t
		}
	}
	if c.Held < few {
		more := fmt.Sprintf("record %d clips or more", heldOf*few)
		if c.Note != "" {
			more = "record for longer"
		}
		c.Family = first.Family
		c.Reason = fmt.Sprintf("%s, which serves most machines: %d held %s are so few that chance would choose (%s)",
			first.Family, c.Held, c.what(), more)
		return
	}
	reason := ""
	if best != first {
		low, high := difference(best, first, seed)
		if low <= 0 {
			reason = fmt.Sprintf("; %s's %.3f is ahead by no more than chance (95 %%: %+.3f to %+.3f)", best.Family, best.AUC, low, high)
			best = first
		}
	}
	taken := best
	for i := range c.Tried {
		if t := &c.Tried[i]; t.Note == "" && t.AUC >= best.AUC-Close && t.PerS < taken.PerS {
			taken = t
		}
	}
	c.Family = taken.Family
	c.Reason = fmt.Sprintf("%s tells %d held %s from made-up outliers with AUC %.3f",
		taken.Family, c.Held, c.what(), taken.AUC)
	if taken != best {
		c.Reason += fmt.Sprintf(", within %g of %s's %.3f, at %.2g of its multiplications",
			Close, best.Family, best.AUC, taken.PerS/best.PerS)
	}
	c.Reason += reason
}

// resamples is how often held clips are drawn.
const resamples = 1000

// difference returns the 95 % interval of the difference of two families' AUC. Held clips are drawn with all
// their outliers, since these are alike, and the same for both.
func difference(a, b *Tried, seed uint64) (low, high float64) {
	n := len(a.normal)
	if n == 0 || len(b.normal) != n {
		return a.AUC - b.AUC, a.AUC - b.AUC
	}
	rng := rand.New(rand.NewPCG(seed, 0x6469666665))
	drawn, values := make([]int, n), make([]float64, 0, resamples)
	for range resamples {
		for i := range drawn {
			drawn[i] = rng.IntN(n)
		}
		values = append(values, a.drawnAUC(drawn)-b.drawnAUC(drawn))
	}
	return metrics.Quantile(values, 0.025), metrics.Quantile(values, 0.975)
}

// drawnAUC returns the AUC, the mean over kinds, on some of the held clips.
func (t *Tried) drawnAUC(drawn []int) (mean float64) {
	normal := make([]float64, len(drawn))
	for i, clip := range drawn {
		normal[i] = t.normal[clip]
	}
	slices.Sort(normal)
	for _, clips := range t.outliers {
		sum, count := 0.0, 0
		for _, clip := range drawn {
			for _, v := range clips[clip] {
				below, _ := slices.BinarySearch(normal, v)
				equal := below
				for equal < len(normal) && normal[equal] == v {
					equal++
				}
				sum += float64(below+equal) / 2 / float64(len(normal))
				count++
			}
		}
		mean += sum / float64(count) / float64(len(t.outliers))
	}
	return mean
}
