package selection

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
)

func options(dir string) Options {
	return Options{
		Families: []string{families.DenseName, families.SmallName},
		Learn: learn.Options{
			Data: dir, Name: "pump", Profile: dsp.DefaultProfile(),
			Epochs: 2, Folds: 2, Seed: 3, Threads: 2,
		},
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 8, 0, 5)
	// What lies beside normal sound must not matter.
	pumptest.Folder(t, dir, 90, 0, 2, 5)
	c, err := Run(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if c.Held != 4 || len(c.Tried) != 2 || c.Reason == "" {
		t.Fatalf("choice %+v", c)
	}
	for _, tried := range c.Tried {
		sum := 0.0
		for _, k := range kinds {
			sum += tried.ByKind[k.name]
		}
		if len(tried.ByKind) != len(kinds) || math.Abs(sum/float64(len(kinds))-tried.AUC) > 1e-12 || tried.Note != "" ||
			!(tried.PerS > 0) {
			t.Errorf("%+v", tried)
		}
		if !(tried.AUC > 0.6) {
			t.Errorf("%s notices next to nothing: %+v", tried.Family, tried)
		}
	}
	again, err := Run(t.Context(), options(dir))
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Tried {
		if c.Tried[i].AUC != again.Tried[i].AUC {
			t.Errorf("%s: AUC %g, then %g", c.Tried[i].Family, c.Tried[i].AUC, again.Tried[i].AUC)
		}
	}
}

// TestConditions tries the conditioned family where the clips have operating conditions,
// with those held back within what it learns.
func TestConditions(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 8, 0, 5)
	o := options(dir)
	o.Families = []string{families.DenseName, families.ConditionedName}
	c, err := Run(t.Context(), o)
	if err != nil || len(c.Tried) != 1 {
		t.Fatalf("without conditions: %+v, %v", c, err)
	}
	table := "file,speed_rpm\n"
	for i := range 8 {
		table += fmt.Sprintf("normal/%03d.wav,%d\n", i+1, 1000+100*i)
	}
	if err := os.WriteFile(filepath.Join(dir, "conditions.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(c.Tried) != 2 || c.Tried[1].Family != families.ConditionedName || c.Tried[1].Note != "" ||
		!(c.Tried[1].AUC > 0.6) {
		t.Errorf("with conditions: %+v", c.Tried)
	}
}

// TestOneRecording holds pieces of the only recording back, or of the one that has most of the sound.
func TestOneRecording(t *testing.T) {
	for _, tc := range []struct {
		name         string
		long, others int // pieces joined to one recording, clips beside it
		copies       bool
		pieces       int
	}{
		{name: "alone", long: 14, pieces: 5},
		{name: "with a copy", long: 14, copies: true, pieces: 5},
		{name: "with short ones", long: 14, others: 3, pieces: 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			pumptest.Folder(t, dir, 1, 1, 0, 5*float64(tc.long))
			first := filepath.Join(dir, "normal", "001.wav")
			long := filepath.Join(dir, "normal", "long.wav")
			if err := os.Rename(first, long); err != nil {
				t.Fatal(err)
			}
			if tc.copies {
				data, err := os.ReadFile(long)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "normal", "copy.wav"), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if tc.others > 0 {
				pumptest.Folder(t, dir, 50, tc.others, 0, 5)
			}
			o := options(dir)
			o.Families, o.Learn.Epochs = o.Families[:1], 1
			c, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if c.Held != tc.pieces || !strings.Contains(c.Note, "one recording, normal/") ||
				!strings.Contains(c.Reason, "pieces of a normal recording") {
				t.Errorf("choice %+v", c)
			}
			for _, tried := range c.Tried {
				if tried.Note != "" || !(tried.AUC > 0.6) {
					t.Errorf("%+v", tried)
				}
			}
		})
	}
}

func TestBudget(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 5)
	o := options(dir)
	o.Budget = time.Nanosecond
	c, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Family != families.DenseName || !strings.Contains(c.Tried[1].Note, "not ready within 1ns") {
		t.Errorf("choice %+v", c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestRunRefuses(t *testing.T) {
	one := t.TempDir()
	pumptest.Folder(t, one, 1, 1, 0, 5)
	for want, o := range map[string]Options{
		"no families": {Learn: learn.Options{Data: one}},
		"needs normal sound to hold back, two recordings or one of": options(one),
		"normal/":      options(t.TempDir()),
		"no such file": options(filepath.Join(one, "absent")),
	} {
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestDecide takes the cheaper of two that are as good, and the better of two
// that are not; the first where few clips are held.
func TestDecide(t *testing.T) {
	for _, tc := range []struct {
		second Tried
		want   string
	}{
		{Tried{Family: "b", AUC: 0.905, PerS: 9}, "a"},
		{Tried{Family: "b", AUC: 0.95, PerS: 9}, "b"},
		{Tried{Family: "b", AUC: 0.895, PerS: 0.5}, "b"},
		{Tried{Family: "b", AUC: 0.99, PerS: 0.5, Note: "not ready"}, "a"},
	} {
		c := Choice{Held: few, Tried: []Tried{{Family: "a", AUC: 0.9, PerS: 1}, tc.second}}
		c.decide(1)
		if c.Family != tc.want {
			t.Errorf("with %+v: %s, want %s", tc.second, c.Family, tc.want)
		}
		c.Held = few - 1
		c.decide(1)
		if c.Family != "a" || !strings.Contains(c.Reason, "chance would choose (record 40 clips or more)") {
			t.Errorf("with few clips: %s: %s", c.Family, c.Reason)
		}
	}
}

// TestDecideByChance: what is ahead by no more than chance is not taken, and what is ahead on every clip is.
func TestDecideByChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 22))
	tried := func(name string, ahead float64) Tried {
		all := Tried{Family: name, PerS: 9, outliers: make([][][]float64, 1)}
		for range 20 {
			all.normal = append(all.normal, rng.NormFloat64())
			all.outliers[0] = append(all.outliers[0], []float64{rng.NormFloat64() + ahead})
		}
		every := make([]int, 20)
		for i := range every {
			every[i] = i
		}
		all.AUC = all.drawnAUC(every)
		return all
	}
	taken := 0
	const trials = 40
	for range trials {
		a, b := tried("a", 1), tried("b", 1)
		a.PerS = 1
		c := Choice{Held: 20, Tried: []Tried{a, b}}
		c.decide(1)
		if c.Family == "b" {
			taken++
		}
	}
	if taken > trials/10 {
		t.Errorf("one of two that are alike was taken %d times of %d", taken, trials)
	}
	c := Choice{Held: 20, Tried: []Tried{tried("a", 0.5), tried("b", 4)}}
	c.decide(1)
	if c.Family != "b" {
		t.Errorf("what is far ahead was not taken: %s", c.Reason)
	}
}

// TestSpoil measures what was added.
func TestSpoil(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	pcm := make([]int32, 32000)
	power := 0.0
	for i := range pcm {
		pcm[i] = int32(1e8 * rng.NormFloat64())
		power += float64(pcm[i]) * float64(pcm[i])
	}
	for _, k := range kinds {
		for _, want := range strengthsDB {
			added := 0.0
			for i, v := range spoil(pcm, k, want, 16000, rng) {
				d := float64(v) - float64(pcm[i])
				added += d * d
			}
			if got := 10 * math.Log10(added/power); math.Abs(got-want) > 0.01 {
				t.Errorf("%s: added at %.2f dB, want %g", k.name, got, want)
			}
		}
	}
	silent := spoil(make([]int32, 100), kinds[3], 0, 16000, rng)
	for _, v := range silent {
		if v != 0 {
			t.Fatal("silence cannot beat")
		}
	}
}
