package falsealarms

import (
	"archive/zip"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/dataset"
)

const period = 2 * time.Second

var from = decide.Settings{Threshold: 3, Method: "by hand", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9}

// normalSound draws recordings whose scores are 1 and an exponential, on top
// of a level that wanders from recording to recording.
func normalSound(seed uint64, files, observations int) []Recording {
	rng := rand.New(rand.NewPCG(seed, 0))
	out := make([]Recording, files)
	for i := range out {
		out[i].Name = fmt.Sprint(i)
		at := 1 + 0.02*rng.Float64()
		for range observations {
			out[i].Scores = append(out[i].Scores, at+0.2*rng.ExpFloat64())
		}
	}
	return out
}

// TestBudgetHolds chooses on three hours and counts the alarms of
// months that the choice has not seen.
func TestBudgetHolds(t *testing.T) {
	for _, perMonth := range []float64{6000, 20} {
		c, err := Choose(normalSound(1, 36, 150), period, from, Options{PerMonth: perMonth, MaxDelay: 2 * period, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		const months = 2
		fresh := normalSound(99, 200, int(months*MonthHours*3600/period.Seconds()/200))
		alarms, err := newJudge(c.Decision, period).alarms(fresh)
		if err != nil {
			t.Fatal(err)
		}
		rate := float64(alarms) / months
		if rate > perMonth || rate < perMonth/100 {
			t.Errorf("budget %g: %.3g alarms a month at %+v (expected %.3g)", perMonth, rate, c.Decision, c.Expected)
		}
		if c.Expected > perMonth || !(c.ThresholdInterval.Low < c.Estimate && c.Estimate < c.ThresholdInterval.High) ||
			c.Decision.Threshold < c.Estimate {
			t.Errorf("budget %g: %+v", perMonth, c)
		}
		if c.FitP < 0.01 {
			t.Errorf("budget %g: a fit to exponential tails has p %g", perMonth, c.FitP)
		}
		if math.Abs(c.Hours-3) > 1e-9 || c.Observations != 36*150 || len(c.HeldOutThresholds) != maxFolds {
			t.Errorf("budget %g: %v h, %d observations, folds %v", perMonth, c.Hours, c.Observations, c.HeldOutThresholds)
		}
		// Three hours show 720 a month at best.
		if want := perMonth == 6000; c.Shown != want || want != (c.HoursMore == 0) ||
			want != strings.HasPrefix(c.Verdict(), "shown") {
			t.Errorf("budget %g: shown %v, bound %g, %g h more: %s", perMonth, c.Shown, c.Bound, c.HoursMore, c.Verdict())
		}
		if !c.Shown && math.Abs(c.HoursMore-(2.9957*MonthHours/perMonth-3)) > 0.1 && c.HeldOut == 0 {
			t.Errorf("budget %g: %g hours more", perMonth, c.HoursMore)
		}
	}
}

// TestLevel compares alarm levels with the k-th largest of the last n.
func TestLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	for range 200 {
		s := from
		s.N = 1 + int(rng.Uint64()%5)
		s.K = 1 + int(rng.Uint64()%uint64(s.N))
		scores := make([]float64, 12)
		for i := range scores {
			scores[i] = float64(1 + rng.Uint64()%9)
		}
		want := slices.Min(scores)
		for i := range scores {
			last := slices.Sorted(slices.Values(scores[max(0, i+1-s.N) : i+1]))
			if len(last) >= s.K {
				want = max(want, last[len(last)-s.K])
			}
		}
		got, err := newJudge(s, period).level(nil, scores)
		if err != nil || got != want {
			t.Fatalf("%d of %d in %v: level %g (%v), want %g", s.K, s.N, scores, got, err, want)
		}
	}
	j := newJudge(from, period) // two of three
	if got, _ := j.level([]float64{5, 1}, []float64{4, 1}); got != 4 {
		t.Errorf("suspicion does not carry over: level %g, want 4", got)
	}
	if got, _ := j.level([]float64{5, 5}, []float64{2, 1}); got != 1 {
		t.Errorf("an alarm before the block counts in it: level %g, want 1", got)
	}
	if got, _ := j.level(nil, []float64{0, 0, 0}); got != 0 {
		t.Errorf("silence has level %g", got)
	}
}

func TestRulesAndHysteresis(t *testing.T) {
	recordings := normalSound(1, 20, 40)
	quick, err := Choose(recordings, period, from, Options{PerMonth: 10, MaxDelay: period})
	if err != nil || quick.Decision.K != 1 || quick.Decision.N != 1 {
		t.Fatalf("with one observation's delay: %+v, %v", quick, err)
	}
	slow, err := Choose(recordings, period, from, Options{PerMonth: 10, MaxDelay: time.Minute})
	if err != nil || slow.Decision.K < 3 || !(slow.Decision.Threshold < quick.Decision.Threshold) {
		t.Errorf("with a minute's delay: %+v, %v", slow, err)
	}
	short, err := Choose(normalSound(1, 20, 3), period, from, Options{PerMonth: 10, MaxDelay: time.Minute})
	if err != nil || short.Decision.N > 3 {
		t.Errorf("with recordings of three observations: %+v, %v", short, err)
	}
	for _, c := range []*Choice{quick, slow} {
		if r := c.Decision.ClearRatio; r < 0.5 || r > 0.95 || math.Abs(20*r-math.Round(20*r)) > 1e-9 {
			t.Errorf("clear ratio %g", r)
		}
		if err := c.Decision.Validate(); err != nil {
			t.Error(err)
		}
		if len(c.Others) != 3 || c.Others[0].Alarms < c.Others[1].Alarms || len(c.Assumptions) < 4 {
			t.Errorf("others %+v, assumptions %q", c.Others, c.Assumptions)
		}
	}
	again, err := Choose(recordings, period, from, Options{PerMonth: 10, MaxDelay: time.Minute})
	if err != nil || !reflect.DeepEqual(again.Decision, slow.Decision) || again.FitP != slow.FitP {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	// Alarms in what was held back keep the budget from being shown.
	recordings[7].Scores = slices.Repeat([]float64{50}, 40)
	loud, err := Choose(recordings, period, from, Options{PerMonth: 100000})
	if err != nil || loud.HeldOut == 0 {
		t.Errorf("a loud recording: %d alarms in what was held back (%v)", loud.HeldOut, err)
	}
}

func TestChooseRefuses(t *testing.T) {
	good := normalSound(1, 5, 20)
	same := []float64{1, 1}
	alike := []Recording{{Name: "a", Scores: same}, {Name: "b", Scores: same}, {Name: "c", Scores: same}}
	for want, c := range map[string]struct {
		r []Recording
		p time.Duration
		o Options
	}{
		"0 false alarms per month": {good, period, Options{}},
		"NaN false alarms":         {good, period, Options{PerMonth: math.NaN()}},
		"confidence 1":             {good, period, Options{PerMonth: 1, Confidence: 1}},
		"0s apart":                 {good, 0, Options{PerMonth: 1}},
		"there are 2":              {good[:2], period, Options{PerMonth: 1}},
		"all alike":                {alike, period, Options{PerMonth: 1}},
		"x has a score of NaN": {
			append([]Recording{{Name: "x", Scores: []float64{math.NaN()}}}, good...), period, Options{PerMonth: 1},
		},
	} {
		if _, err := Choose(c.r, c.p, from, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := Choose(nil, period, from, Options{PerMonth: 1}); !errors.Is(err, ErrTooFew) {
		t.Errorf("nothing: %v", err)
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	for name, samples := range map[string]int{"a.wav": 8000, "b.wav": 300} {
		pcm := make([]int32, samples)
		for i := range pcm {
			pcm[i] = int32(i%16-8) << 24
		}
		if err := os.MkdirAll(filepath.Join(dir, "normal"), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, "normal", name))
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 16}
		if err := errors.Join(wav.Write(f, format, pcm), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), nil))
	if err != nil {
		t.Fatal(err)
	}
	// Observations are two windows of four frames of 128 samples apart.
	if p := m.Settings.ObservationPeriod(); p != 128*time.Millisecond {
		t.Errorf("period %v", p)
	}
	recordings, notes, err := Record(t.Context(), m, 0, set.Label(dataset.Normal))
	if err != nil || len(recordings) != 1 || recordings[0].Name != "normal/a.wav" || len(recordings[0].Scores) != 7 {
		t.Errorf("%+v, %v", recordings, err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "normal/b.wav: left out") {
		t.Errorf("notes %q", notes)
	}
	fromZip, _, err := Record(t.Context(), m, 0, zipped(t, dir).Label(dataset.Normal))
	if err != nil || len(fromZip) != 1 || !slices.Equal(fromZip[0].Scores, recordings[0].Scores) {
		t.Errorf("from an archive: %+v, %v", fromZip, err)
	}
	if _, _, err := Record(t.Context(), m, 1, set.Label(dataset.Normal)); err == nil ||
		!strings.Contains(err.Error(), "channels") {
		t.Errorf("channel 1 of one: %v", err)
	}
}

// TestTables says how tables were read, which is nothing odd: no note, that a strict use would stop at.
func TestTables(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a.csv", "b.csv"} {
		text := "t [s],z [g]\n"
		for k := range 8000 {
			text += fmt.Sprintf("%.6f,%.3f\n", float64(k)/8000, 0.1*float64((k+k/(7+i))%16-8))
		}
		if err := os.WriteFile(filepath.Join(dir, "normal", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse(modeltest.Silent(t, modeltest.Profile(), nil))
	if err != nil {
		t.Fatal(err)
	}
	recordings, notes, err := Record(t.Context(), m, 0, set.Label(dataset.Normal))
	if err != nil || len(recordings) != 2 || len(notes) != 0 {
		t.Fatalf("%d recordings, notes %q, %v", len(recordings), notes, err)
	}
	if said := Tables(recordings); len(said) != 1 || !strings.HasPrefix(said[0], "normal/a.csv and 1 more: read as a table: ") {
		t.Errorf("tables %q", said)
	}
}

// zipped opens a zip file of what lies in dir.
func zipped(t *testing.T, dir string) *dataset.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := errors.Join(z.AddFS(os.DirFS(dir)), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestWords(t *testing.T) {
	for h, want := range map[float64]string{
		0.00005: "0.18 s", 0.001: "4 s", 0.5: "30 min", 2.25: "2.2 h", 2157.4: "2157 h",
	} {
		if got := hours(h); got != want {
			t.Errorf("%g h is %q, want %q", h, got, want)
		}
	}
	if got := count(158432); got != "160000" {
		t.Errorf("count %q", got)
	}
}

// TestSeries lets a decision look from one short recording of a series to the next, no farther than the model's own
// does, and says which rule that is. By themselves, no rule but one of one holds within them.
func TestSeries(t *testing.T) {
	short := normalSound(7, 300, 1)
	alone, err := Choose(short, period, from, Options{PerMonth: 20, Seed: 1})
	if err != nil || alone.Decision.K != 1 {
		t.Fatalf("by themselves: %+v, %v", alone, err)
	}
	for i := range short {
		short[i].Series = int32(1 + i/150)
	}
	joined, err := Choose(short, period, from, Options{PerMonth: 20, Seed: 1})
	if err != nil || joined.Decision.K != 2 || joined.Decision.N > from.N ||
		joined.Decision.Threshold >= alone.Decision.Threshold {
		t.Fatalf("in series: %+v, %v", joined, err)
	}
	if joined.Takes != 300 || joined.Recordings != 300 {
		t.Errorf("%d takes of %d recordings", joined.Takes, joined.Recordings)
	}
	notes := strings.Join(joined.Notes, "\n")
	if !strings.Contains(notes, "300 recordings are heard as 2 series, one a folder, ") {
		t.Errorf("notes %q", notes)
	}
	if notes := strings.Join(alone.Notes, "\n"); strings.Contains(notes, "series") {
		t.Errorf("of none: %q", notes)
	}
}

// TestCut cuts one long recording to blocks with gaps, and leaves what is enough alone.
func TestCut(t *testing.T) {
	long := Recording{Name: "day", Take: "day"}
	for i := range 1000 {
		long.Scores = append(long.Scores, float64(i))
	}
	short := Recording{Name: "short", Scores: long.Scores[:100]}
	blocks, count := cut([]Recording{long, short})
	if count != 14 || len(blocks) != 15 || blocks[14].Name != "short" {
		t.Fatalf("%d blocks of %d recordings", count, len(blocks))
	}
	last := -1000.
	for _, b := range blocks[:14] {
		n := len(b.Scores)
		if n < blockLength || b.Scores[0] < last+13 && last > 0 || b.Take != b.Name ||
			b.Scores[n-1] != b.Scores[0]+float64(n-1) {
			t.Errorf("%s: %d observations from %g on, after %g", b.Name, n, b.Scores[0], last)
		}
		last = b.Scores[n-1]
	}
	if same, count := cut([]Recording{long, short, long}); count != 0 || len(same) != 3 {
		t.Errorf("three recordings are cut to %d", len(same))
	}
}
