package content

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
)

// datedFolder makes normal clips of some months, so many of each.
func datedFolder(t *testing.T, dir string, first uint64, each int, months ...int) *dataset.Set {
	t.Helper()
	pumptest.Folder(t, dir, first, each*len(months), 0, 3)
	normal := filepath.Join(dir, "normal")
	files, err := os.ReadDir(normal)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		name := fmt.Sprintf("2026-%02d-%02d_12-00-00.wav", months[i/each], 1+3*(i%each))
		if err := os.Rename(filepath.Join(normal, f.Name()), filepath.Join(normal, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDates learns of the first month, judges the two that follow, and learns anew of the second.
func TestDates(t *testing.T) {
	dir := t.TempDir()
	known := datedFolder(t, filepath.Join(dir, "learn"), 1, 4, 1)
	test := datedFolder(t, filepath.Join(dir, "test"), 100, 4, 2, 3)
	learned, err := learn.Run(t.Context(), learn.Options{
		Data: known.Dir(), Name: "pump", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Alone: detect.ByReconstruction, Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	result, err := evaluate.Run(t.Context(), learned.Model, test, evaluate.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := &Study{Model: learned.Model, Settings: &learned.Model.Settings, Result: result}
	o := &Options{Set: test, Learned: known}
	if err := s.addDates(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	d := s.Dates
	if d == nil || len(d.Periods) != 3 || d.Each != "month" || d.By != "their names" || d.Retrained ||
		!strings.Contains(d.Why, "--retrain") {
		t.Fatalf("%+v", d)
	}
	if p := d.Periods; p[0].Name != "2026-01" || p[0].Given != nil || p[0].Clips != 4 || p[2].Given == nil ||
		p[2].Given.Clips != 4 {
		t.Errorf("%+v", p)
	}
	o.Retrain = true
	if err := s.addDates(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if d = s.Dates; !d.Retrained || d.Family != families.DenseName || d.Why != "" {
		t.Fatalf("%+v", d)
	}
	second, third := d.Periods[1], d.Periods[2]
	if second.First == nil || second.Before == nil || *second.First != *second.Before || second.First.Clips != 4 {
		t.Errorf("the second month is judged by one model: %+v, %+v", second.First, second.Before)
	}
	if third.First == nil || third.Before == nil || *third.First == *third.Before || !(third.Before.Ratio > 0) {
		t.Errorf("the third month is judged by two: %+v, %+v", third.First, third.Before)
	}
	o.Learned = nil
	if err := s.addDates(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if d = s.Dates; d.Each != "week" || d.Retrained || !strings.Contains(d.Why, "--learn") { // two months
		t.Errorf("%+v", d)
	}
}

func TestPeriods(t *testing.T) {
	begin := time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		days []int
		each string
		want string
	}{
		{[]int{0, 0, 1, 5}, "day", "2026-01-30 2026-01-31 2026-02-04"},
		{[]int{0, 7, 8, 30}, "week", "2026-W05 2026-W06 2026-W09"},
		{[]int{0, 3, 80}, "month", "2026-01 2026-02 2026-04"},
		{[]int{0, 400, 1200}, "year", "2026 2027 2029"},
	} {
		var clips []dated
		for _, day := range c.days {
			clips = append(clips, dated{at: begin.AddDate(0, 0, day)})
		}
		groups, each := periods(clips)
		var names []string
		for _, g := range groups {
			names = append(names, periodName(g[0].at, each))
		}
		if got := strings.Join(names, " "); got != c.want || each != c.each {
			t.Errorf("%v: %s by %s, want %s by %s", c.days, got, each, c.want, c.each)
		}
	}
}
