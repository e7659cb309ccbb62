package dataset

import (
	"fmt"
	"math/rand/v2"
)

// Fold is one way of splitting clips: what is fitted on Fit is tried on Held.
type Fold struct {
	Fit, Held NormalClips
}

// Folds splits clips into k folds, so that each clip is held back once. Clips
// are dealt by file in a random order that the seed gives; sizes differ by at
// most one. Clips with equal contents go to the same fold, which may make it
// larger. k is 2 to the number of clips.
func Folds(clips NormalClips, k int, seed uint64) ([]Fold, error) {
	n := clips.Len()
	if k < 2 || k > n {
		return nil, fmt.Errorf("dataset: %d folds of %d clips: need 2 folds or more and a clip for each", k, n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(seed, 0x666f6c64))
	for i := n - 1; i > 0; i-- {
		j := int(rng.Uint64() % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	held := make([]int, n) // fold that holds each clip back
	byContent := map[[32]byte]int{}
	dealt := 0
	for _, i := range order {
		c := clips.clips[i]
		f, seen := byContent[c.hash]
		if !seen {
			f = dealt % k
			byContent[c.hash] = f
			dealt++
		}
		held[i] = f
	}
	if dealt < k {
		return nil, fmt.Errorf("dataset: %d folds of %d clips with different contents: use fewer folds", k, dealt)
	}
	folds := make([]Fold, k)
	for f := range folds {
		for i, c := range clips.clips {
			if held[i] == f {
				folds[f].Held.clips = append(folds[f].Held.clips, c)
			} else {
				folds[f].Fit.clips = append(folds[f].Fit.clips, c)
			}
		}
	}
	return folds, nil
}
