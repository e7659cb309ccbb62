package decide

import (
	"cmp"
	"slices"
)

// BandRange is a run of neighbouring bands that contribute to a score.
type BandRange struct {
	FromHz float64 `json:"from_hz"` // lower edge of the lowest band
	ToHz   float64 `json:"to_hz"`   // upper edge of the highest band
	Share  float64 `json:"share"`   // part of what is above normal, 0 to 1
}

// minShare is the share below which a range is not worth a line.
const minShare = 0.02

// Contributing names the bands that raise a score: at most limit ranges, the
// highest share first.
//
// parts holds each band's part of the score, and normal its part on normal
// sound (nil: none is known). What counts is the excess parts[b]-normal[b], where
// it is above 0. A band is named when its excess is at least the mean excess
// over all bands; neighbours are joined. Edges gives the edges of band b in Hz.
func Contributing(parts, normal []float64, edges func(b int) (lo, hi float64), limit int) []BandRange {
	excess := make([]float64, len(parts))
	total := 0.0
	for b, v := range parts {
		if b < len(normal) {
			v -= normal[b]
		}
		if v > 0 { // never true for a NaN
			excess[b] = v
			total += v
		}
	}
	if !(total > 0) || total > maxTotal {
		return nil
	}
	mean := total / float64(len(parts))
	var ranges []BandRange
	for b := 0; b < len(excess); b++ {
		if excess[b] < mean {
			continue
		}
		var r BandRange
		r.FromHz, _ = edges(b)
		for ; b < len(excess) && excess[b] >= mean; b++ {
			r.Share += excess[b]
			_, r.ToHz = edges(b)
		}
		r.Share /= total
		ranges = append(ranges, r)
	}
	slices.SortStableFunc(ranges, func(x, y BandRange) int { return cmp.Compare(y.Share, x.Share) })
	n := 0
	for n < len(ranges) && n < limit && (n == 0 || ranges[n].Share >= minShare) {
		n++
	}
	return ranges[:n]
}

// maxTotal keeps infinities out of the shares.
const maxTotal = 1e300
