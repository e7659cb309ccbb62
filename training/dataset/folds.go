package dataset

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Fold is one way of splitting clips: what is fitted on Fit is tried on Held.
type Fold struct {
	Fit, Held NormalClips
}

// Folds splits clips into k folds, so that each clip is held back once. Takes are dealt in a
// random order that the seed gives, each to the fold that holds fewest clips; where each clip is a take,
// sizes differ by at most one. Where all are of one take, each fold holds neighbours back, as
// far apart from the others as can be. k is 2 to the number of takes, or clips of the only one.
func Folds(clips NormalClips, k int, seed uint64) ([]Fold, error) {
	n := clips.Len()
	if k < 2 || k > n {
		return nil, fmt.Errorf("dataset: %d folds of %d clips: need 2 folds or more and a clip for each", k, n)
	}
	takes := takesOf(clips.clips)
	if len(takes) == 1 {
		if takes = byContent(clips.clips); len(takes) >= k {
			return foldsOf(clips, k, func(take, _ int) int { return take * k / len(takes) }, takes), nil
		}
	}
	if len(takes) < k {
		return nil, fmt.Errorf("dataset: %d folds of %d takes: use fewer folds", k, len(takes))
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
	of := make([]int, n) // take of each clip
	for t, members := range takes {
		for _, i := range members {
			of[i] = t
		}
	}
	drawn, seen := make([][]int, 0, len(takes)), make([]bool, len(takes))
	for _, i := range order {
		if t := of[i]; !seen[t] {
			seen[t] = true
			drawn = append(drawn, takes[t])
		}
	}
	holds := make([]int, k)
	fewest := func(_, clips int) int {
		f := slices.Index(holds, slices.Min(holds))
		holds[f] += clips
		return f
	}
	return foldsOf(clips, k, fewest, drawn), nil
}

// byContent lists the clips of each content, in the order of the first ones.
func byContent(clips []*Clip) (groups [][]int) {
	at := map[[32]byte]int{}
	for i, c := range clips {
		g, ok := at[c.hash]
		if !ok {
			g = len(groups)
			at[c.hash] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// foldsOf makes folds of groups that deal, given a group's number and size, assigns.
func foldsOf(clips NormalClips, k int, deal func(group, clips int) int, groups [][]int) []Fold {
	held := make([]int, clips.Len())
	for g, members := range groups {
		f := deal(g, len(members))
		for _, i := range members {
			held[i] = f
		}
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
	return folds
}
