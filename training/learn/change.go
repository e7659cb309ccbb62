package learn

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/detectors"
	"github.com/auscult/auscult/training/parallel"
)

// What is made louder, to see how small a change is noticed.
const (
	changedThirds = 3 // of an octave: where it is loudest, quietest, and between
	changedClips  = 32
	// changedMACs bounds the work of inference, a few seconds of a small computer: by work and not by time,
	// so that equal data give equal files.
	changedMACs = 2e10
	// leastHeard is how many codes above the lowest a band must lie on average to be more than the silence
	// between its steps.
	leastHeard = 16
)

// gainsDB are by how much it is louder.
var gainsDB = []float64{3, 6, 12}

// louder makes codes louder.
type louder struct {
	about model.Changed
	add   []int8 // to each band's codes
}

// of returns changed codes, in scratch.
func (l *louder) of(codes, scratch []int8) []int8 {
	copy(scratch, codes)
	for b, add := range l.add {
		scratch[b] = int8(min(math.MaxInt8, int(codes[b])+int(add)))
	}
	return scratch
}

// held is a clip that was held back.
type held struct {
	fold     int
	features *dataset.Features
}

// change scores some of the clips that were held back as they are and louder, in narrow bands and in
// all, by the models of their folds and the detectors that have not learned them.
func (t *trainer) change(
	ctx context.Context, h *heard, fitted *detectors.CrossFitted,
) ([]model.Changed, error) {
	if len(t.folds) == 0 {
		return nil, nil // all of it was learned
	}
	clips := h.some(changedClips)
	all := t.louder(t.thirds(clips))
	each := t.changedEach(len(clips), len(all))
	err := parallel.Each(ctx, t.o.Threads, len(all), func(ctx context.Context, i int) error {
		t.note(fmt.Sprintf("how small a change is noticed: %d of %d", i+1, len(all)))
		scores, err := t.hearLouder(ctx, h, clips, &all[i], each, joined(fitted))
		all[i].about.Scores = scores
		return err
	})
	if err != nil {
		return nil, err
	}
	var changed []model.Changed
	for _, l := range all {
		if len(l.about.Scores) > 0 {
			changed = append(changed, l.about)
		}
	}
	return changed, t.features.Err()
}

// some returns at most so many clips that have an observation, evenly from all.
func (h *heard) some(most int) (clips []held) {
	step := (len(h.lengths) + most - 1) / most
	i := 0
	for fold, features := range h.held {
		for _, f := range features.All() {
			if i%step == 0 {
				clips = append(clips, held{fold, f})
			}
			i++
		}
	}
	return clips[:min(len(clips), most)]
}

// changedEach returns how many observations of each clip are heard with each change.
func (t *trainer) changedEach(clips, changes int) int {
	perObservation := float64(t.macs()) * float64(t.pool)
	affordable := changedMACs / max(1, perObservation) / float64(changes)
	return max(1, min(model.MaxChangedScores, int(affordable))/clips)
}

// macs returns the multiplications of a window.
func (t *trainer) macs() int64 {
	if t.o.Imported != nil {
		return t.o.Imported.MACs
	}
	return t.desc.MACs()
}

// hearLouder returns the scores of clips, the first so many observations of each.
func (t *trainer) hearLouder(
	ctx context.Context, h *heard, clips []held, l *louder, most int, score func(*detect.Sample) float64,
) (scores []float32, err error) {
	ears := map[int]*ear{}
	scratch := make([]int8, t.o.Profile.Values())
	for _, c := range clips {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := ears[c.fold]
		if e == nil {
			if e, err = t.newEar(h.models[c.fold]); err != nil {
				return nil, err
			}
			ears[c.fold] = e
			defer e.scorer.EndWith(ctx)()
		}
		some := 0
		e.hear(c.features, func(codes []int8) []int8 {
			if some == most {
				return nil
			}
			return l.of(codes, scratch)
		}, func(s detect.Sample) {
			if len(scores) < model.MaxChangedScores {
				scores = append(scores, float32(score(&s)))
			}
			some++
		})
	}
	return scores, nil
}

// joined returns what scores a sample that is not known.
func joined(fitted *detectors.CrossFitted) func(*detect.Sample) float64 {
	each := fitted.NewScorer()
	return func(s *detect.Sample) float64 { return fitted.Fusion.Of(each(s)) }
}

// third is a third of an octave.
type third struct {
	fromHz, toHz float64
	share        []float64 // of each band that lies in it
	code         float64   // mean of normal sound's, from 0
}

// thirds returns those that are loudest, quietest and between, of those that are heard.
func (t *trainer) thirds(clips []held) (chosen []third) {
	codes := t.meanCodes(clips)
	edges, err := model.BandEdges(t.o.Profile)
	if err != nil {
		return nil // a profile that heard the clips has edges
	}
	var heard []third
	const lowest, highest = -30, 30 // 1 Hz to 1 MHz
	for k := lowest; k <= highest; k++ {
		centre := 1000 * math.Exp2(float64(k)/3)
		th := third{fromHz: centre * math.Exp2(-1./6), toHz: centre * math.Exp2(1./6), share: make([]float64, len(edges))}
		sum := 0.0
		for b, e := range edges {
			within := min(e.HighHz, th.toHz) - max(e.LowHz, th.fromHz)
			th.share[b] = max(0, within/(e.HighHz-e.LowHz))
			sum += th.share[b]
			th.code += th.share[b] * codes[b]
		}
		inside := th.fromHz >= edges[0].LowHz && th.toHz <= edges[len(edges)-1].HighHz
		if sum < 0.5 || !inside || th.code/sum < leastHeard {
			continue
		}
		th.code /= sum
		heard = append(heard, th)
	}
	slices.SortStableFunc(heard, func(a, b third) int { return cmp.Compare(b.code, a.code) })
	for i := range min(changedThirds, len(heard)) {
		at := 0
		if len(heard) > 1 {
			at = i * (len(heard) - 1) / max(1, min(changedThirds, len(heard))-1)
		}
		chosen = append(chosen, heard[at])
	}
	return chosen
}

// meanCodes returns those of each band, from 0.
func (t *trainer) meanCodes(clips []held) []float64 {
	sums, frames := make([]int64, t.o.Profile.Bands), 0
	for _, c := range clips {
		c.features.Each(func(codes []int8) {
			for b := range sums {
				sums[b] += int64(codes[b]) + 128
			}
			frames++
		})
	}
	means := make([]float64, len(sums))
	for b, sum := range sums {
		means[b] = float64(sum) / float64(max(1, frames))
	}
	return means
}

// louder returns the changes of some thirds of an octave, and of everything.
func (t *trainer) louder(thirds []third) (all []louder) {
	codeDB := t.spanDB() / 255
	everything := third{share: slices.Repeat([]float64{1}, t.o.Profile.Bands)}
	for i, th := range append(thirds, everything) {
		for _, gain := range gainsDB {
			l := louder{about: model.Changed{FromHz: th.fromHz, ToHz: th.toHz, GainDB: gain}}
			if i < len(thirds) {
				l.about.LevelDB = t.o.Profile.MinDB + th.code*codeDB
			}
			for _, share := range th.share {
				db := 10 * math.Log10(1+share*(math.Pow(10, gain/10)-1))
				l.add = append(l.add, int8(math.Round(db/codeDB)))
			}
			all = append(all, l)
		}
	}
	return all
}
