package model

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"sort"
)

// Learned holds fingerprints of the clips that a model has learned, or was calibrated
// on: the first bytes of the SHA-256 of each file, sorted, without a gap. What judges a
// model asks it which clips say nothing about it.
type Learned []byte

// Sizes of Learned.
const (
	fingerprintBytes = 6       // one in 2^48 strangers is taken for a clip that is known
	MaxLearned       = 1 << 16 // clips
)

// NewLearned returns the fingerprints of clips with these SHA-256; none where they are
// more than MaxLearned.
func NewLearned(sums [][sha256.Size]byte) Learned {
	if len(sums) > MaxLearned {
		return nil
	}
	sorted := slices.Clone(sums)
	slices.SortFunc(sorted, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	var l Learned
	for _, sum := range slices.Compact(sorted) {
		l = append(l, sum[:fingerprintBytes]...)
	}
	return l
}

// Has says whether the clip with this SHA-256 was learned.
func (l Learned) Has(sum [sha256.Size]byte) bool {
	n := l.Len()
	i := sort.Search(n, func(i int) bool { return bytes.Compare(l.at(i), sum[:fingerprintBytes]) >= 0 })
	return i < n && bytes.Equal(l.at(i), sum[:fingerprintBytes])
}

// Share returns which share of the clip with this SHA-256 was learned, from its begin.
func (p *Provenance) Share(sum [sha256.Size]byte) float64 {
	switch {
	case !p.Learned.Has(sum):
		return 0
	case p.LearnedPart > 0:
		return p.LearnedPart
	}
	return 1
}

// Len returns the number of clips.
func (l Learned) Len() int { return len(l) / fingerprintBytes }

func (l Learned) at(i int) []byte { return l[i*fingerprintBytes:][:fingerprintBytes] }

func (l Learned) validate() error {
	if len(l)%fingerprintBytes != 0 || l.Len() > MaxLearned {
		return fmt.Errorf("%d bytes of fingerprints: must be %d for each of at most %d clips", len(l), fingerprintBytes, MaxLearned)
	}
	for i := 1; i < l.Len(); i++ {
		if bytes.Compare(l.at(i-1), l.at(i)) > 0 {
			return fmt.Errorf("fingerprint %d is out of order", i)
		}
	}
	return nil
}
