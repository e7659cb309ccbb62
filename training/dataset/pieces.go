package dataset

import (
	"cmp"
	"slices"
)

// FeatureFold is one way of splitting features: what is fitted on Fit is tried on Held.
type FeatureFold struct {
	Fit, Held NormalFeatures
}

// Blocks of a recording that is cut.
const (
	mostBlocks  = 4  // of a fold: they lie apart, so that each fold has something of every time
	blockInGaps = 20 // a block has so many gaps' length where there are several
	leastInGaps = 4  // and no less than so many
)

// Folds splits features into k folds, so that each clip is held back once, as the function Folds
// splits clips. Where one recording has more than half of all the sound, that one is cut, by
// time, to blocks that are dealt to the folds in turn; beside a block that is held back, gap
// frames on either side are neither fitted nor held. Then blocks says how many there are; else
// it is 0.
func (n NormalFeatures) Folds(k int, seed uint64, gap int) (folds []FeatureFold, blocks int, err error) {
	if long := n.longest(); long.Len() > 0 && k >= 2 && long.Frames() >= k*leastInGaps*gap {
		folds, blocks = n.foldBlocks(long, k, gap)
		return folds, blocks, nil
	}
	split, err := Folds(n.Clips(), k, seed)
	if err != nil {
		return nil, 0, err
	}
	folds = make([]FeatureFold, k)
	for i, f := range split {
		folds[i] = FeatureFold{Fit: n.Of(f.Fit), Held: n.Of(f.Held)}
	}
	return folds, 0, nil
}

// longest returns the pieces of the recording that has more than half of all frames, if one has.
func (n NormalFeatures) longest() NormalFeatures {
	frames := map[string]int{} // by take: one of several files is dealt by these
	all, most := 0, ""
	for _, f := range n.features {
		take := f.Take()
		all += f.Frames
		frames[take] += f.Frames
		if frames[take] > frames[most] {
			most = take
		}
	}
	long := NormalFeatures{store: n.store}
	if 2*frames[most] <= all {
		return long
	}
	for _, f := range n.features {
		if f.Take() != most {
			continue
		}
		if long.Len() > 0 && long.features[0].Name != f.Name {
			return NormalFeatures{}
		}
		long.features = append(long.features, f)
	}
	slices.SortFunc(long.features, func(a, b *Features) int { return cmp.Compare(a.from, b.from) })
	return long
}

// foldBlocks deals blocks of one recording, and the other clips, to k folds.
func (n NormalFeatures) foldBlocks(long NormalFeatures, k, gap int) (folds []FeatureFold, blocks int) {
	total := long.Frames()
	blocks = k * max(1, min(mostBlocks, total/(k*blockInGaps*max(gap, 1))))
	// Edges count the recording's own frames: between the pieces that there are may be others.
	edges := make([]int, blocks+1)
	for i := range edges {
		edges[i] = long.frameAt(i * total / blocks)
	}
	folds = make([]FeatureFold, k)
	dealt := map[string]int{}
	for f := range folds {
		fold := &folds[f]
		fold.Fit.store, fold.Held.store = n.store, n.store
		for _, other := range n.features {
			if other.Take() == long.features[0].Take() {
				continue
			}
			to, known := dealt[other.Take()]
			if !known {
				to = len(dealt) % k
				dealt[other.Take()] = to
			}
			side := &fold.Fit
			if to == f {
				side = &fold.Held
			}
			side.features = append(side.features, other)
		}
		fit := 0 // where what is fitted goes on
		for b := f; b < blocks; b += k {
			fold.Held.features = append(fold.Held.features, long.stretch(edges[b], edges[b+1], b+1)...)
			fold.Fit.features = append(fold.Fit.features, long.stretch(fit, edges[b]-gap, b+1)...)
			fit = edges[b+1] + gap
		}
		fold.Fit.features = append(fold.Fit.features, long.stretch(fit, edges[blocks], blocks+1)...)
	}
	return folds, blocks
}

// frameAt returns which frame of the recording the i-th of the frames that there are is; the one
// behind the last for their number.
func (n NormalFeatures) frameAt(i int) int {
	last := n.features[len(n.features)-1]
	for _, f := range n.features {
		if i < f.Frames {
			return f.from + i
		}
		i -= f.Frames
	}
	return last.from + last.Frames
}

// stretch returns what there is from one frame of the recording to before another, as pieces.
func (n NormalFeatures) stretch(from, to, piece int) (all []*Features) {
	for _, f := range n.features {
		if lo, hi := max(from, f.from), min(to, f.from+f.Frames); lo < hi {
			all = append(all, f.part(lo-f.from, hi-f.from, piece))
		}
	}
	return all
}

// part returns some frames of features as a piece of that number.
func (f *Features) part(lo, hi, piece int) *Features {
	p := *f
	p.codes = f.codes.after(lo * f.Values)
	p.from, p.Frames, p.Piece = f.from+lo, hi-lo, piece
	p.DurationS = f.DurationS * float64(p.Frames) / float64(f.Frames)
	return &p
}
