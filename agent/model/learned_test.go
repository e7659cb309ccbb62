package model

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
)

func TestLearned(t *testing.T) {
	var sums [][sha256.Size]byte
	for i := range 300 {
		sums = append(sums, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	l := NewLearned(append(sums[:200:200], sums[:50]...))
	if l.Len() != 200 {
		t.Errorf("%d of 200 different clips", l.Len())
	}
	for i, sum := range sums {
		if l.Has(sum) != (i < 200) {
			t.Errorf("clip %d: learned is %v", i, l.Has(sum))
		}
	}
	if err := l.validate(); err != nil {
		t.Error(err)
	}
	if l := NewLearned(make([][sha256.Size]byte, MaxLearned)); l.Len() != 1 {
		t.Errorf("%d clips of as many as fit, all alike", l.Len())
	}
	if NewLearned(nil).Has(sums[0]) || NewLearned(make([][sha256.Size]byte, MaxLearned+1)) != nil {
		t.Error("nothing known, and too much to know, must know nothing")
	}
}

func TestLearnedRefuses(t *testing.T) {
	sorted := NewLearned([][sha256.Size]byte{{1}, {2}, {3}})
	mixed := slices.Concat(sorted[6:12], sorted[:6])
	for want, l := range map[string]Learned{
		"7 bytes of fingerprints": make(Learned, 7),
		"at most 65536 clips":     make(Learned, (MaxLearned+1)*fingerprintBytes),
		"out of order":            mixed,
	} {
		if err := l.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
