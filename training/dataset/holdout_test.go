package dataset

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auscult/auscult/dsp"
)

// TestHoldOut learns nothing within a gap of what is held back, of all times of the recording, and
// reads what is held.
func TestHoldOut(t *testing.T) {
	const seconds, gap = 40, 1.5
	dir := t.TempDir()
	write := func(name string, seed uint64) {
		t.Helper()
		writeWAV(t, filepath.Join(dir, "normal", name), 16000, hiss(seconds, seed))
	}
	write("a.wav", 1)
	s, err := OpenPart(dir, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	o := HoldoutOptions{GapS: gap, Share: 4, MaxPieces: 3, MaxS: 1000}
	h, ok, err := s.Normal().HoldOut(t.Context(), o)
	if err != nil || !ok || h.Pieces != 3 || h.Fit.Len() != 1 {
		t.Fatalf("%+v, %v, %v", h, ok, err)
	}
	pieces, rate, err := h.Clip.ReadPieces(t.Context(), 0, h.Cut)
	if err != nil || len(pieces) != 3 {
		t.Fatalf("%d pieces, %v", len(pieces), err)
	}
	whole, _, err := s.Normal().Clips()[0].ReadMono(t.Context(), 0, seconds)
	if err != nil {
		t.Fatal(err)
	}
	for i, pcm := range pieces {
		at := int(math.Round((h.Cut.FromS + float64(i)*(h.Cut.PieceS+h.Cut.GapS)) * float64(rate)))
		if math.Abs(float64(len(pcm))/float64(rate)-seconds/12.) > 1e-3 || nearest(whole, pcm, at) < 0 {
			t.Errorf("piece %d has %d samples, not those from %d on", i, len(pcm), at)
		}
	}
	f, _, err := ExtractNormal(t.Context(), h.Fit, Options{Profile: dsp.DefaultProfile()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Len() != 3 {
		t.Fatalf("%d pieces are learned", f.Len())
	}
	fit := seconds/3. - seconds/12. - 2*gap
	for _, c := range f.All() {
		if math.Abs(c.DurationS-fit) > 1e-3 {
			t.Errorf("%s: %.3f s are learned, want %.3f", c.Source(), c.DurationS, fit)
		}
	}
	learned, held := h.Fit.clips[0].cut().inside(rate, seconds), h.Cut.inside(rate, seconds)
	last, heard, most := -seconds*rate, -seconds*rate, int(gap*float64(rate))-2
	for i := range learned {
		if held[i] {
			last = i
		}
		if learned[i] {
			heard = i
		}
		if learned[i] && i-last < most || held[i] && i-heard < most {
			t.Fatalf("sample %d is too near to what is on the other side", i)
		}
	}
	o.GapS = 4 // too long for so short a recording
	if _, ok, err := s.Normal().HoldOut(t.Context(), o); ok || err != nil {
		t.Errorf("cut: %v, %v", ok, err)
	}
	write("b.wav", 2)
	write("c.wav", 3)
	if s, err = OpenPart(dir, Selection{}); err != nil {
		t.Fatal(err)
	}
	o.GapS = gap
	if _, ok, err := s.Normal().HoldOut(t.Context(), o); ok || err != nil {
		t.Errorf("one of three equally long ones is cut: %v, %v", ok, err)
	}
}

// inside says of each sample whether the cut hears it.
func (c Cut) inside(rateHz, seconds int) []bool {
	k := c.knife(rateHz)
	all := make([]bool, rateHz*seconds)
	for i := range all {
		if !k.over() {
			_, all[i] = k.next(1)
		}
	}
	return all
}

// nearest returns where within a sample of at want lies in pcm; -1: nowhere.
func nearest(pcm, want []int32, at int) int {
	for from := max(0, at-1); from <= at+1 && from+len(want) <= len(pcm); from++ {
		if slices.Equal(pcm[from:from+len(want)], want) {
			return from
		}
	}
	return -1
}
