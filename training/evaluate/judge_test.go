package evaluate

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
)

// pumpModel learns a simulated pump.
func pumpModel(t *testing.T) *model.Model {
	t.Helper()
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 5)
	out, err := learn.Run(context.Background(), learn.Options{
		Data: dir, Name: "pump", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Alone: detect.ByReconstruction, Epochs: 3, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Model
}

func judged(t *testing.T, m *model.Model, dir string, o Options) *Result {
	t.Helper()
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), m, set, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRun(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 3, 3, 8)
	pumptest.Folder(t, filepath.Join(dir, "normal", "short"), 201, 1, 0, 1) // under normal/short/normal
	if err := os.WriteFile(filepath.Join(dir, "abnormal", "broken.wav"), []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := judged(t, m, dir, Options{Workers: 2, Seed: 1, Details: true})
	if r.Normal != 4 || r.Abnormal != 3 || r.Clips.Len() != 7 {
		t.Fatalf("%d normal and %d abnormal of %d clips", r.Normal, r.Abnormal, r.Clips.Len())
	}
	if r.AUC == nil || *r.AUC != 1 {
		t.Errorf("AUC %v: a strong bearing fault is not told from a healthy pump", r.AUC)
	}
	if r.Alarms != 3 {
		t.Errorf("%d alarms on 3 faults", r.Alarms)
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "broken.wav") {
		t.Errorf("warnings %q, want one about broken.wav", r.Warnings)
	}
	for _, c := range r.Clips.All() {
		want := 3 // 8 s are 249 frames, 245 windows, three observations of 64
		if strings.Contains(c.File, "short") {
			want = 1 // what there is
		}
		if c.Observations != want {
			t.Errorf("%s: %d observations, want %d", c.File, c.Observations, want)
		}
		sum := 0.0
		for _, v := range c.BandParts {
			sum += v
		}
		if math.Abs(sum-c.Score) > 1e-9*c.Score {
			t.Errorf("%s: bands sum to %g, score %g", c.File, sum, c.Score)
		}
		if c.Flagged != (c.Score > *r.Threshold) || math.Abs(c.Ratio**r.Threshold-c.Score) > 1e-9 {
			t.Errorf("%s: score %g, ratio %g, flagged %v", c.File, c.Score, c.Ratio, c.Flagged)
		}
		if c.Scores.At(AsRecorded) != c.Score || c.Scores.RMS == 0 || c.Scores.Mean == 0 {
			t.Errorf("%s: scores %v of %g", c.File, c.Scores, c.Score)
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"auc", "auc_interval", "pauc", "precision", "recall", "f1", "threshold", "clips", "levels", "by_max", "pr_auc",
		"speed",
	} {
		if _, ok := keys[key]; !ok {
			t.Errorf("the JSON lacks %q: %s", key, raw)
		}
	}
	again, err := json.Marshal(judged(t, m, dir, Options{Workers: 1, Seed: 1}))
	if err != nil || !sameButTime(raw, again) {
		t.Errorf("another number of workers gives another result (%v):\n%s\n%s", err, raw, again)
	}
}

// sameButTime compares results without the measured time.
func sameButTime(a, b []byte) bool {
	var x, y map[string]any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	for _, measured := range []string{"window_us", "speed"} {
		delete(x, measured)
		delete(y, measured)
	}
	p, errP := json.Marshal(x)
	q, errQ := json.Marshal(y)
	return errP == nil && errQ == nil && string(p) == string(q)
}

// TestLongRecording judges a long recording in pieces, which are clips of their own but in name.
func TestLongRecording(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 1, 0, 200)
	r := judged(t, m, dir, Options{Workers: 1, Seed: 1})
	if r.Clips.Len() != 3 || r.Normal != 3 || len(r.Warnings) != 0 ||
		!strings.Contains(strings.Join(r.Notes, "\n"), "normal/101.wav is judged in 3 pieces of 65 s, 2.3 s apart") {
		t.Fatalf("%d pieces, notes %q, warnings %q", r.Clips.Len(), r.Notes, r.Warnings)
	}
	for i, name := range []string{"0:00:00-0:01:05", "0:01:07-0:02:13", "0:02:15-0:03:20"} {
		c := r.Clips.At(i)
		if c.File != "normal/101.wav ["+name+"]" || c.Recording != "normal/101.wav" || c.Observations != 31 {
			t.Errorf("piece %d is %s of %s with %d observations", i, c.File, c.Recording, c.Observations)
		}
		if c.Scores.RMS == 0 || math.Abs(c.Scores.At(MeanLogMelRemoved)-c.Score) > c.Score {
			t.Errorf("%s: scores %v", c.File, c.Scores)
		}
	}
}

// TestDeadPiece judges the pieces behind one in which the sensor was dead as if it had been alive.
func TestDeadPiece(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 1, 0, 270)
	alive := judged(t, m, dir, Options{Workers: 1})
	path := filepath.Join(dir, "normal", "101.wav")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	perS := len(data) / 270
	clear(data[67*perS/2*2 : 135*perS/2*2]) // the second of four pieces, and some of the gaps beside it
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	dead := judged(t, m, dir, Options{Workers: 1})
	if alive.Clips.Len() != 4 || dead.Clips.Len() != 3 {
		t.Fatalf("%d and %d pieces", alive.Clips.Len(), dead.Clips.Len())
	}
	for i, k := range []int{0, 2, 3} {
		if d, a := dead.Clips.At(i), alive.Clips.At(k); d.File != a.File || d.Scores != a.Scores {
			t.Errorf("%s: scores %v, those of %s were %v", d.File, d.Scores, a.File, a.Scores)
		}
	}
}

func TestOneClassOnly(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 2, 0, 3)
	r := judged(t, m, dir, Options{})
	if r.AUC != nil || len(r.Notes) == 0 {
		t.Errorf("AUC %v without abnormal clips, notes %q", r.AUC, r.Notes)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestNothingToScore(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "normal", "broken.wav"), []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), m, set, Options{}); err == nil || !strings.Contains(err.Error(), "broken.wav") {
		t.Errorf("error %v, want one that names the file", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	pumptest.Folder(t, dir, 1, 2, 0, 3)
	if set, err = dataset.Open(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(ctx, m, set, Options{}); err == nil {
		t.Error("a stopped run gave a result")
	}
}

// TestRelease gives each clip's memory back once it is heard, where nobody needs the set any more.
func TestRelease(t *testing.T) {
	m := pumpModel(t)
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 6, 2, 3)
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []weak.Pointer[dataset.Clip]
	for _, c := range set.Clips() {
		all = append(all, weak.Make(c))
	}
	o := Options{Workers: 1, Release: true}
	o.Progress = func(p dataset.Progress) {
		runtime.GC()
		alive := 0
		for _, w := range all {
			if w.Value() != nil {
				alive++
			}
		}
		if heard := p.Clips; alive > len(all)-heard+1 {
			t.Errorf("%d of %d clips are heard, %d are still in the memory", heard, len(all), alive)
		}
	}
	if r, err := Run(t.Context(), m, set, o); err != nil || r.Clips.Len() != len(all) || set.Count(dataset.Normal) != 0 {
		t.Errorf("%v, %d clips of the set are left", err, set.Count(dataset.Normal))
	}
}

// TestSeriesOfShort raises the alarm on short recordings where they are heard one after the other, the first of them
// excepted, as replaying their folder does, and not where each is by itself.
func TestSeriesOfShort(t *testing.T) {
	m := pumpModel(t)
	need := m.Settings.FirstAlarm().Seconds()
	dir := t.TempDir()
	pumptest.Folder(t, dir, 101, 3, 12, need-.2)
	one := t.TempDir()
	pumptest.Folder(t, one, 301, 1, 1, need-.2)
	for _, workers := range []int{1, 4} {
		r := judged(t, m, dir, Options{Workers: workers, Seed: 1, Details: workers > 1})
		notes := strings.Join(r.Notes, "\n")
		if r.FalseAlarms != 0 || r.Alarms != 11 || !strings.Contains(notes, "15 recordings are heard as 2 series") {
			t.Errorf("%d false alarms, %d alarms, notes %q", r.FalseAlarms, r.Alarms, notes)
		}
		if first := r.Clips.At(3); first.Label != dataset.Abnormal || first.Alarm || !first.Flagged {
			t.Errorf("first of the faults: %+v", first)
		}
	}
	if r := judged(t, m, one, Options{Seed: 1}); r.Alarms != 0 || strings.Contains(strings.Join(r.Notes, "\n"), "series") {
		t.Errorf("by themselves: %d alarms, notes %q", r.Alarms, r.Notes)
	}
}
