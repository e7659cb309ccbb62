package dataset

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Known says which share of a clip is known, from its begin, by the SHA-256 of its bytes: 0 for
// one that is not.
type Known func(sum [sha256.Size]byte) float64

// deal keeps a share of the normal clips for testing, by take: where there are
// abnormal clips to test with, and the data set makes no split of its own. Which takes are kept depends on
// their clips' contents alone, not on names or order. Where all is one take, its last clips are kept.
func (s *Set) deal(share float64) error {
	if !(share >= 0 && share < 1) {
		return fmt.Errorf("dataset: share of %g for testing: must be 0 or more, below 1", share)
	}
	if share == 0 || len(s.abnormal) == 0 || slices.ContainsFunc(s.normal, func(c *Clip) bool { return c.Split() != "" }) {
		return nil
	}
	s.dealt = share
	if s.dealOne(share) {
		return nil
	}
	want := share * float64(len(s.normal))
	if takes := takesOf(s.normal); len(takes) > 1 {
		s.keepTakes(drawn(s.normal, takes), want)
	} else {
		last := byContent(s.normal)
		slices.Reverse(last)
		s.keepTakes(last, want)
	}
	if s.Kept() == len(s.normal) {
		return fmt.Errorf("dataset: a share of %g for testing leaves no normal clip of %d to learn: record more, or keep none for testing",
			share, len(s.normal))
	}
	return nil
}

// keepTakes keeps takes for testing, in turn, until there are about as many clips as wanted.
func (s *Set) keepTakes(takes [][]int, want float64) {
	kept := 0
	for _, members := range takes {
		split := trainSplit
		if n := len(members); float64(kept)+float64(n)/2 <= want {
			split = testSplit
			kept += n
		}
		for _, i := range members {
			s.kinds.split(s.normal[i], split)
		}
	}
}

// drawn puts takes into an order that the contents of their clips give.
func drawn(clips []*Clip, takes [][]int) [][]int {
	type draw struct {
		members []int
		by      [sha256.Size]byte
	}
	draws := make([]draw, len(takes))
	for k, members := range takes {
		for j, i := range members {
			// A draw of its own, whatever else goes by the contents.
			by := sha256.Sum256(append([]byte("split\x00"), clips[i].hash[:]...))
			if j == 0 || bytes.Compare(by[:], draws[k].by[:]) < 0 {
				draws[k] = draw{members, by}
			}
		}
	}
	slices.SortStableFunc(draws, func(a, b draw) int { return bytes.Compare(a.by[:], b.by[:]) })
	order := make([][]int, len(draws))
	for k := range draws {
		order[k] = draws[k].members
	}
	return order
}

// takesOf lists the clips of each take, by their places, in the order of the takes' first clips.
func takesOf(clips []*Clip) (takes [][]int) {
	at := map[string]int{}
	for i := range clips {
		k, ok := at[clips[i].Take()]
		if !ok {
			k = len(takes)
			at[clips[i].Take()] = k
			takes = append(takes, nil)
		}
		takes[k] = append(takes[k], i)
	}
	return takes
}

// warnStraddling says where the data set's own split has takes on both sides.
func (s *Set) warnStraddling() {
	learned := map[string]bool{}
	for i := range s.normal {
		if c := s.normal[i]; c.Split() != testSplit {
			learned[c.Take()] = true
		}
	}
	if len(learned) == 0 || s.Kept() == 0 {
		return
	}
	n, example := 0, ""
	if len(takesOf(s.normal)) == 1 {
		return // it is cut in order, and said so
	}
	for _, c := range s.normal {
		if c.Split() == testSplit && learned[c.Take()] {
			if n++; n == 1 {
				example = c.Name
			}
		}
	}
	if n > 0 {
		s.grouped = strings.TrimSuffix(s.grouped, neverBoth)
		s.warn("%d clips that are for testing are of takes that are learned too, as %s: they say nothing of a model", n, example)
	}
}

// Kept returns how many normal clips may not be learned from.
func (s *Set) Kept() int {
	return count(s.normal, func(c *Clip) bool { return c.Split() == testSplit })
}

// Count returns how many clips of a label there are.
func (s *Set) Count(l Label) int {
	if l == Normal {
		return len(s.normal)
	}
	return len(s.abnormal)
}

// Label returns the clips of a label, for judging, sorted by name. They are the set's own, not to
// be changed.
func (s *Set) Label(l Label) []*Clip {
	if l == Normal {
		return slices.Clone(s.normal)
	}
	return slices.Clone(s.abnormal)
}

// Unknown returns the set without the clips that are known, nor others of normal sound from their takes, for
// judging what knows them. Warnings count these. Of a clip that is known in part the rest stays.
func (s *Set) Unknown(known Known) *Set {
	r := *s
	is := func(c *Clip) bool { return known(c.hash) >= 1 }
	heard := map[string]bool{}
	for i := range s.normal {
		if c := s.normal[i]; is(c) {
			heard[c.Take()] = true
		}
	}
	r.normal, r.abnormal = without(s.normal, is), without(s.abnormal, is)
	r.warnings = slices.Clone(s.warnings)
	all := len(s.normal) + len(s.abnormal)
	left := all - len(r.normal) - len(r.abnormal)
	if left > 0 {
		r.warn("%d of %d clips were left out: the model has learned them", left, all)
	}
	of := func(c *Clip) bool { return heard[c.Take()] }
	for i := range r.normal {
		if share := known(r.normal[i].hash); share > 0 {
			r.normal[i] = r.normal[i].with(stretch{share, 1}, nil) // the set's stays as it is
			r.warn("%s: the model has learned its first %.0f %%: it is judged by the rest, less %.0f s", r.normal[i].Name,
				100*share, stretchGap.Seconds())
		}
	}
	n := count(r.normal, of)
	switch {
	case n > 0 && n < len(r.normal):
		r.normal = without(r.normal, of)
		r.warn("%d more were left out: the model has learned others of their takes", n)
	case n > 0:
		r.warn("the model has learned other clips of the same take as each of the %d normal ones here: these may sound more alike than tomorrow's will", n)
	}
	return &r
}

// count returns how many clips are so.
func count(clips []*Clip, is func(c *Clip) bool) (n int) {
	for i := range clips {
		if is(clips[i]) {
			n++
		}
	}
	return n
}

// without returns a list of the clips without those that are so.
func without(clips []*Clip, is func(c *Clip) bool) []*Clip {
	left := make([]*Clip, 0, len(clips)-count(clips, is))
	for _, c := range clips {
		if !is(c) {
			left = append(left, c)
		}
	}
	return left
}

// Known returns those of the clips that are known, as far as they are.
func (n NormalClips) Known(known Known) (all NormalClips) {
	for _, c := range n.clips {
		share := known(c.hash)
		if share == 0 {
			continue
		}
		if share < 1 {
			c = c.with(stretch{0, share}, nil)
		}
		all.clips = append(all.clips, c)
	}
	return all
}

// Sums returns the SHA-256 of each clip's bytes.
func (n NormalClips) Sums() [][sha256.Size]byte {
	sums := make([][sha256.Size]byte, len(n.clips))
	for i, c := range n.clips {
		sums[i] = c.hash
	}
	return sums
}
