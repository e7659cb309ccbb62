package learn

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/pumptest"
)

// TestChange: the louder, the more surprising, in a third of an octave as in all; what the model carries
// is in order, and the same for any number of threads (TestSameFile).
func TestChange(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 8)
	o := quick(dir)
	o.Alone = ""
	said := false
	o.Progress = func(p Progress) { said = said || strings.Contains(p.Step, "how small a change") }
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	n := &out.Model.Settings.Normal
	if want := (changedThirds + 1) * len(gainsDB); len(n.Changed) != want || !said {
		t.Fatalf("%d changes, want %d; said %v", len(n.Changed), want, said)
	}
	mean := func(scores []float32) (sum float64) {
		for _, v := range scores {
			sum += float64(v) / float64(len(scores))
		}
		return sum
	}
	normal := mean(n.Scores)
	for i, c := range n.Changed {
		if len(c.Scores) != len(out.Observations) {
			t.Errorf("change %d: %d scores of %d observations", i, len(c.Scores), len(out.Observations))
		}
		if all := i >= changedThirds*len(gainsDB); all != (c.ToHz == 0) {
			t.Errorf("change %d: %g to %g Hz", i, c.FromHz, c.ToHz)
		}
		if c.GainDB != gainsDB[i%len(gainsDB)] {
			t.Errorf("change %d: %g dB", i, c.GainDB)
		}
		if c.GainDB == 12 && mean(c.Scores) < normal+0.2 {
			t.Errorf("%g to %g Hz, +12 dB: %.2f, normal sound %.2f", c.FromHz, c.ToHz, mean(c.Scores), normal)
		}
	}
	if e := out.Model.Settings.Decision.Expected; e == nil || e.Clips != 4 || !(e.High >= e.PerWeek) {
		t.Errorf("expected %+v", e)
	}
}

// TestLouder adds decibels to the power that lies within, and stays within the codes.
func TestLouder(t *testing.T) {
	tr := &trainer{}
	tr.o.Profile.MaxDB, tr.o.Profile.Bands = 127.5, 3 // half a decibel a code
	l := tr.louder([]third{{fromHz: 1, toHz: 2, share: []float64{0, 0.5, 1}}})[2]
	// Half of a band's power 12 dB louder: 10 lg(1 + (10^1.2-1)/2) = 9.26 dB.
	if l.add[0] != 0 || l.add[1] != 19 || l.add[2] != 24 || l.about.GainDB != 12 {
		t.Errorf("%+v", l)
	}
	got := l.of([]int8{-128, 120, 0, 77}, make([]int8, 4))
	if got[0] != -128 || got[1] != 127 || got[2] != 24 || got[3] != 77 {
		t.Errorf("%v: what is not of a band must stay", got)
	}
}

// TestChangedWork bounds inference, whatever the family.
func TestChangedWork(t *testing.T) {
	for _, macs := range []int64{0, 1e5, 1e8, 1e12} {
		tr := &trainer{pool: 60}
		tr.o.Imported = &Imported{MACs: macs}
		each := tr.changedEach(10, 12)
		work := float64(each) * 10 * 12 * 60 * float64(macs)
		if each < 1 || each > model.MaxChangedScores || each > 1 && work > changedMACs {
			t.Errorf("%d MACs: %d observations of each clip, %g in all", macs, each, work)
		}
	}
}
