package dataset

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
)

// Known says whether a clip of these bytes is known, by their SHA-256.
type Known func(sum [sha256.Size]byte) bool

// deal keeps a share of the normal clips for testing, by file: where there are
// abnormal clips to test with, and the data set makes no split of its own. Clips with
// equal contents stay together. Which ones are kept depends on the contents alone, not on
// names or order.
func (s *Set) deal(share float64) error {
	if !(share >= 0 && share < 1) {
		return fmt.Errorf("dataset: share of %g for testing: must be 0 or more, below 1", share)
	}
	if share == 0 || len(s.abnormal) == 0 || slices.ContainsFunc(s.normal, func(c Clip) bool { return c.Split != "" }) {
		return nil
	}
	// A draw of its own for each content, whatever else goes by the contents.
	draws := make([][sha256.Size]byte, len(s.normal))
	order := make([]int, len(s.normal))
	for i, c := range s.normal {
		draws[i], order[i] = sha256.Sum256(append([]byte("split\x00"), c.hash[:]...)), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(draws[a][:], draws[b][:]) })
	want := int(math.Round(share * float64(len(order))))
	var last [sha256.Size]byte // of the last one kept: equal contents stand side by side
	for k, i := range order {
		c := &s.normal[i]
		if k < want || c.hash == last {
			c.Split, last = testSplit, c.hash
		} else {
			c.Split = trainSplit
		}
	}
	s.dealt = share
	if s.Normal().Len() == 0 {
		return fmt.Errorf("dataset: a share of %g for testing leaves no normal clip of %d to learn: record more, or keep none for testing", share, len(order))
	}
	return nil
}

// Kept returns how many normal clips may not be learned from.
func (s *Set) Kept() int { return len(s.normal) - s.Normal().Len() }

// Label returns the clips of a label, for judging, sorted by name.
func (s *Set) Label(l Label) []Clip {
	if l == Normal {
		return slices.Clone(s.normal)
	}
	return slices.Clone(s.abnormal)
}

// Unknown returns the set without the clips that are known, for judging what knows them.
// A warning counts these.
func (s *Set) Unknown(known Known) *Set {
	r := *s
	is := func(c Clip) bool { return known(c.hash) }
	r.normal = slices.DeleteFunc(slices.Clone(s.normal), is)
	r.abnormal = slices.DeleteFunc(slices.Clone(s.abnormal), is)
	r.warnings = slices.Clone(s.warnings)
	all := len(s.normal) + len(s.abnormal)
	if left := all - len(r.normal) - len(r.abnormal); left > 0 {
		r.warn("%d of %d clips were left out: the model has learned them", left, all)
	}
	return &r
}

// Known returns those of the clips that are known.
func (n NormalClips) Known(known Known) NormalClips {
	return NormalClips{slices.DeleteFunc(slices.Clone(n.clips), func(c Clip) bool { return !known(c.hash) })}
}

// Sums returns the SHA-256 of each clip's bytes.
func (n NormalClips) Sums() [][sha256.Size]byte {
	sums := make([][sha256.Size]byte, len(n.clips))
	for i, c := range n.clips {
		sums[i] = c.hash
	}
	return sums
}
