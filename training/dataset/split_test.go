package dataset

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// half opens a folder of so many normal and abnormal clips, of which name says where they
// lie, and keeps a share for testing.
func half(t *testing.T, share float64, normal, abnormal int, name func(i int) string) *Set {
	t.Helper()
	dir := t.TempDir()
	for i := range normal {
		writeWAV(t, filepath.Join(dir, "normal", name(i)), 16000, tone(float64(100+i), 0.1, 0.1))
	}
	for i := range abnormal {
		writeWAV(t, filepath.Join(dir, "abnormal", name(i)), 16000, tone(float64(500+i), 0.1, 0.1))
	}
	s, err := OpenPart(dir, Selection{TestShare: share})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbered(i int) string { return fmt.Sprintf("%03d.wav", i) }

// TestShareByFile keeps one file in five, by what it holds and nothing else: the same
// files under other names and folders fall on the same sides.
func TestShareByFile(t *testing.T) {
	s := half(t, 0.2, 20, 3, numbered)
	moved := half(t, 0.2, 20, 1, func(i int) string { return fmt.Sprintf("%c/%d.WAV", 'z'-i%3, 40-i) })
	sums := func(s *Set) [][sha256.Size]byte {
		list := s.Normal().Sums()
		slices.SortFunc(list, func(a, b [sha256.Size]byte) int { return strings.Compare(string(a[:]), string(b[:])) })
		return list
	}
	if s.Normal().Len() != 16 || s.Kept() != 4 || !slices.Equal(sums(s), sums(moved)) {
		t.Errorf("%d learned and %d kept of 20; under other names the same: %v",
			s.Normal().Len(), s.Kept(), slices.Equal(sums(s), sums(moved)))
	}
	const described = "20 normal and 3 abnormal clips; 16 of the normal ones are learned, 4 (20 %, by file) are kept"
	if d := s.Describe(); !strings.Contains(d, described) {
		t.Errorf("described as %q", d)
	}
	for _, c := range s.Normal().Clips() {
		if c.Label() != Normal || c.Split() != trainSplit {
			t.Errorf("%s, %s, %s may be learned", c.Name, c.Label(), c.Split())
		}
	}
	// Whatever is judged is all clips; what was learned can be taken out.
	if n := len(s.Clips()); n != 23 {
		t.Errorf("%d clips to judge, want 23", n)
	}
	learned := map[[sha256.Size]byte]bool{}
	for _, sum := range s.Normal().Sums() {
		learned[sum] = true
	}
	rest := s.Unknown(func(sum [sha256.Size]byte) float64 {
		if learned[sum] {
			return 1
		}
		return 0
	})
	if len(rest.Label(Normal)) != 4 || len(rest.Label(Abnormal)) != 3 ||
		!strings.Contains(strings.Join(rest.Warnings(), "\n"), "16 of 23 clips were left out") {
		t.Errorf("%d normal, %d abnormal, warnings %q", len(rest.Label(Normal)), len(rest.Label(Abnormal)), rest.Warnings())
	}
	if len(s.Label(Normal)) != 20 || len(s.Warnings()) != 0 {
		t.Error("the set itself has changed")
	}
}

// TestShareOnlyToJudgeBy keeps nothing where there is nothing to judge, and leaves a data
// set's own split alone.
func TestShareOnlyToJudgeBy(t *testing.T) {
	if s := half(t, 0.2, 10, 0, numbered); s.Kept() != 0 {
		t.Errorf("%d clips are kept where nothing is abnormal", s.Kept())
	}
	if s := half(t, 0, 10, 2, numbered); s.Kept() != 0 {
		t.Errorf("%d clips are kept of a share of 0", s.Kept())
	}
	dir := t.TempDir()
	writeLayout(t, dir, DCASE2020)
	s, err := OpenPart(dir, Selection{TestShare: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	if s.Kept() != 1 || s.Normal().Len() != 2 {
		t.Errorf("the split of DCASE 2020 became %d and %d", s.Normal().Len(), s.Kept())
	}
	for _, share := range []float64{-0.1, 1, 2} {
		if _, err := OpenPart(dir, Selection{TestShare: share}); err == nil ||
			!strings.Contains(err.Error(), "must be 0 or more, below 1") {
			t.Errorf("share %g: %v", share, err)
		}
	}
}

// TestShareKeepsTwinsTogether has each recording thrice under different names: no content
// is both learned and kept.
func TestShareKeepsTwinsTogether(t *testing.T) {
	for seed := range 8 {
		dir := t.TempDir()
		for i := range 8 {
			for k := range 3 {
				writeWAV(t, filepath.Join(dir, "normal", fmt.Sprintf("%d-%d.wav", k, i)), 16000,
					tone(float64(100+10*seed+i), 0.1, 0.1))
			}
		}
		writeWAV(t, filepath.Join(dir, "abnormal", "a.wav"), 16000, tone(900, 0.1, 0.1))
		s, err := OpenPart(dir, Selection{TestShare: 0.2})
		if err != nil {
			t.Fatal(err)
		}
		if s.Kept() != 6 { // 5 of 24, and the rest of their twins
			t.Errorf("%d of 24 are kept", s.Kept())
		}
		side := map[[sha256.Size]byte]string{}
		for _, c := range s.Label(Normal) {
			if was, ok := side[c.hash]; ok && was != c.Split() {
				t.Errorf("%s is on both sides", c.Name)
			}
			side[c.hash] = c.Split()
		}
	}
}

func TestShareLeavesSomethingToLearn(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal", "a.wav"), 16000, tone(100, 0.1, 0.1))
	writeWAV(t, filepath.Join(dir, "abnormal", "a.wav"), 16000, tone(900, 0.1, 0.1))
	s, err := OpenPart(dir, Selection{TestShare: 0.2})
	if err != nil || s.Normal().Len() != 1 {
		t.Errorf("%v", err)
	}
	if err := os.Link(filepath.Join(dir, "normal", "a.wav"), filepath.Join(dir, "normal", "b.wav")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPart(dir, Selection{TestShare: 0.5}); err == nil ||
		!strings.Contains(err.Error(), "leaves no normal clip of 2 to learn") {
		t.Errorf("%v", err)
	}
}
