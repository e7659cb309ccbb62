package content

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
)

func set(t *testing.T, dir string, first uint64, normal, abnormal int, seconds float64) *dataset.Set {
	t.Helper()
	pumptest.Folder(t, dir, first, normal, abnormal, seconds)
	s, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGather(t *testing.T) {
	dir := t.TempDir()
	known := set(t, filepath.Join(dir, "learn"), 1, 3, 0, 5)
	test := set(t, filepath.Join(dir, "test"), 100, 3, 2, 7)
	learned, err := learn.Run(t.Context(), learn.Options{
		Data: known.Dir(), Name: "pump", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Alone: detect.ByReconstruction, Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	last := 0.0
	s, err := Gather(t.Context(), Options{
		File: learned.File, Set: test, Learned: known, Learning: &Learning{Loss: learned.Loss},
		Rivals: [][]byte{learned.File}, Float: learned.Float, Families: []string{families.DenseName},
		PerMonth: 1, Channel: -1, Seed: 1, Progress: func(_ string, done float64) { last = done },
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != 1 || s.Seconds <= 0 || len(s.Warnings) != 1 ||
		!strings.Contains(s.Warnings[0], "abnormal clips are louder") {
		t.Errorf("done %g, warnings %q", last, s.Warnings)
	}
	// 640-128-128-128-128-8-128-128-128-128-640 with biases.
	if s.Params != 265864 || s.MACs != 264192 || s.Compression != 80 {
		t.Errorf("network of %d parameters, %d MACs, %g to 1", s.Params, s.MACs, s.Compression)
	}
	if len(s.Layers) != 11 || s.Layers[0].Values != 640 {
		t.Errorf("layers %+v, want 11 from 640 values", s.Layers)
	}
	if len(s.Data) != 3 || s.Data[2].Name != "test, abnormal" {
		t.Fatalf("data %+v", s.Data)
	}
	if d := s.Data[1]; d.Clips != 3 || d.Spread.ShortestS != 7 || math.Abs(d.Minutes-0.35) > 1e-9 {
		t.Errorf("%s: %d clips of %g minutes, the shortest of %g s", d.Name, d.Clips, d.Minutes, d.Spread.ShortestS)
	}
	if l := s.Loudness; l == nil || l.AUC != 1 || l.Quieter {
		t.Errorf("loudness %+v", l)
	}
	typical := 0
	for _, p := range s.Examples {
		typical += count(p.Typical)
		if len(p.WAV) == 0 || p.GainDB == 0 {
			t.Errorf("%s cannot be heard", p.File)
		}
	}
	if len(s.LearnedScores) != 6 || len(s.Examples) != 5 || typical != 2 || len(s.Triptychs) < 3 ||
		s.Triptychs[0].Kind != KindDetection {
		t.Errorf("%d learned scores, %d examples, %d triptychs", len(s.LearnedScores), len(s.Examples), len(s.Triptychs))
	}
	for _, p := range s.Triptychs {
		if len(p.Input) != p.Frames*p.Bands || len(p.Restored) != len(p.Input) || p.Bands != 128 || p.Frames < 200 {
			t.Errorf("%s: %d by %d, %d cells, %d restored", p.File, p.Frames, p.Bands, len(p.Input), len(p.Restored))
		}
	}
	if len(s.Noise) != len(sweep)+1 || s.Noise[0].SNRdB != nil || *s.Noise[0].Metrics.AUC != 1 || s.Noise[0].Alarms != 2 {
		t.Errorf("noise %+v", s.Noise)
	}
	if quiet, loud := s.Noise[1].Metrics, s.Noise[len(s.Noise)-1].Metrics; *quiet.AUC < *loud.AUC {
		t.Errorf("AUC %g in little noise, %g in much", *quiet.AUC, *loud.AUC)
	}
	// The fault rings near 3 kHz.
	for _, f := range s.Spectra {
		if f.Name == "abnormal" && (len(f.Above) == 0 || f.Above[0].FromHz < 2000 || f.Above[0].ToHz > 5000) {
			t.Errorf("a bearing fault is heard at %+v", f.Above)
		}
	}
	if len(s.Spectra) != 2 {
		t.Errorf("%d spectra, want 2", len(s.Spectra))
	}
	if s.Budget == nil || s.Budget.Shown {
		t.Errorf("budget %+v (%s)", s.Budget, s.NoBudget)
	}
	if len(s.Rivals) != 2 {
		t.Fatalf("%d rivals, want 2", len(s.Rivals))
	}
	if r := s.Rivals[0]; r.Ahead.Value != 0 || r.Params != s.Params {
		t.Errorf("the model itself is ahead by %g and has %d parameters, not %d", r.Ahead.Value, r.Params, s.Params)
	}
	if s.Twin {
		t.Error("a twin stands for the float model that is at hand")
	}
	twin := Study{Model: s.Model, Settings: s.Settings, Result: s.Result}
	if err := twin.compareFloat(t.Context(), &Options{File: learned.File, Set: test, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if f := twin.Float; f == nil || !twin.Twin || f.Bytes < 2*s.Bytes || math.Abs(*f.Metrics.AUC-*s.Result.AUC) > 0.01 {
		t.Errorf("float twin %t: %+v; warnings %q", twin.Twin, f, twin.Warnings)
	}
	if f := s.Float; f == nil || f.Bytes < 2*s.Bytes || f.Params != s.Params ||
		math.Abs(*f.Metrics.AUC-*s.Result.AUC) > 0.01 {
		t.Errorf("in float32: %+v", f)
	}
	r := s.Rivals[1]
	if r.Family != families.DenseName || r.Epochs != 30 {
		t.Errorf("trained: %s in %d epochs, want %s in 30", r.Family, r.Epochs, families.DenseName)
	}
	if r.Float == nil || r.Params != s.Params || len(r.Levels) != 3 {
		t.Errorf("trained: float %+v, %d parameters, %d levels, want %d and 3", r.Float, r.Params, len(r.Levels), s.Params)
	}
	if d := s.Drift; d == nil || len(d.Steps) != driftDB+1 || d.Steps[driftDB].Median <= d.Steps[0].Median ||
		d.Steps[0].Fixed.Threshold != s.Settings.Decision.Threshold {
		t.Errorf("drift: %+v", d)
	}
	if s.Bench == nil || s.Stages == nil || s.Machine == nil {
		t.Error("not measured")
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
	if _, err := Gather(t.Context(), Options{File: learned.File, Set: known, Quick: true}); err == nil ||
		!strings.Contains(err.Error(), "has learned all") {
		t.Errorf("learned clips as test clips: %v", err)
	}
	in, err := Gather(t.Context(), Options{File: learned.File, Set: test, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if in.Noise != nil || in.Bench != nil || in.Float != nil {
		t.Error("quick is not quick")
	}
}

func TestGatherStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := modeltest.Silent(t, dsp.DefaultProfile(), nil)
	_, err := Gather(ctx, Options{File: file, Set: set(t, t.TempDir(), 1, 1, 1, 1)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Gather(t.Context(), Options{File: []byte("no model")}); err == nil {
		t.Error("no model: no error")
	}
}

// TestRestore compares a picture of the model that restores silence with what
// it must be, in both layouts.
func TestRestore(t *testing.T) {
	p := modeltest.Profile()
	for _, layout := range []model.Layout{model.FrameMajor, model.BandMajor} {
		file := modeltest.Silent(t, p, func(s *model.Settings) { s.Window.Layout = layout; s.Window.StrideFrames = 3 })
		m, err := model.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		graph, err := tflite.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		painter, err := newPainter(graph, &m.Settings)
		if err != nil {
			t.Fatal(err)
		}
		codes := make([]int8, 12*p.Bands)
		for i := range codes {
			codes[i] = int8(i % 200)
		}
		paint := func(frames int) (input, restored []float32) {
			painter.begin(&dataset.Clip{}, func(in, out []float32) {
				input, restored = append(input, in...), append(restored, out...)
			})
			for i := range frames {
				painter.push(codes[i*p.Bands : (i+1)*p.Bands])
			}
			painter.end()
			return input, restored
		}
		for range 2 { // the second clip is as the first
			input, restored := paint(12)
			if len(input) != 10*p.Bands || len(restored) != len(input) { // windows of 4 at 0, 3 and 6
				t.Fatalf("%d frames", len(input)/p.Bands)
			}
			for i := range input {
				want := p.MinDB + (p.MaxDB-p.MinDB)*float64(int(codes[i])+128)/255
				if math.Abs(float64(input[i])-want) > 1e-4 || math.Abs(float64(restored[i])-p.MinDB) > 1e-4 {
					t.Fatalf("%s cell %d: heard %g (want %g), restored %g (want %g)", layout, i, input[i], want, restored[i], p.MinDB)
				}
			}
		}
		if input, _ := paint(3); len(input) != 0 {
			t.Errorf("a clip shorter than a window: %d frames", len(input)/p.Bands)
		}
		painter.s.Window.StrideFrames = 6 // frames 4 and 5 are in no window
		if input, restored := paint(12); len(input) != 10*p.Bands || restored[4*p.Bands] != input[4*p.Bands] ||
			math.Abs(float64(restored[6*p.Bands])-p.MinDB) > 1e-4 {
			t.Errorf("wide strides: %d frames", len(input)/p.Bands)
		}
	}
}

func TestNoise(t *testing.T) {
	const n = 1 << 15
	noise := pink(n, 7)
	if !slices.Equal(noise, pink(n, 7)) || slices.Equal(noise, pink(n, 8)) {
		t.Error("the seed does not decide the noise")
	}
	pcm := make([]int32, n)
	for _, want := range []float64{-40, -20} {
		mixed := mix(pcm, noise, want)
		var meter level.Meter
		meter.Write(mixed)
		if got := meter.RMSDBFS(); math.Abs(got-want) > 0.01 {
			t.Errorf("noise of %g dBFS has %g", want, got)
		}
	}
	if got := mix([]int32{5, -7}, []float64{1, 1}, math.Inf(-1)); !slices.Equal(got, []int32{5, -7}) {
		t.Errorf("no noise gives %v", got)
	}
	if got := mix([]int32{math.MaxInt32, 0}, []float64{1, -1}, 0); got[0] != math.MaxInt32 || got[1] > -math.MaxInt32/2 {
		t.Errorf("beyond full scale: %v", got)
	}
	// Power falls by 3 dB an octave: the same in each octave. Haar's differences
	// of neighbouring means split it by octaves.
	var octaves []float64
	for means := noise; len(means) > 1<<8; {
		next, power := make([]float64, len(means)/2), 0.0
		for i := range next {
			next[i] = (means[2*i] + means[2*i+1]) / 2
			d := (means[2*i] - means[2*i+1]) / 2
			power += d * d / float64(len(next))
		}
		octaves = append(octaves, 10*math.Log10(power))
		means = next
	}
	for i := 2; i < len(octaves); i++ {
		if d := octaves[i] - octaves[1]; math.Abs(d) > 2 {
			t.Errorf("octave %d has %+.1f dB: %v", i, d, octaves)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := spread(10, 4); !slices.Equal(got, []int{0, 2, 5, 7}) {
		t.Errorf("%v", got)
	}
	if got := spread(2, 4); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("%v", got)
	}
	if got := spread(0, 4); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestSqueezed takes what was trained for the study, not what was given.
func TestSqueezed(t *testing.T) {
	s := Study{Rivals: []Rival{
		{Name: "given", Family: "conv", Compression: 16},
		{Name: "small", Family: "small", Compression: 16, Epochs: 60},
		{Name: "trained", Family: "conv", Compression: 16, Epochs: 12},
	}}
	if r := s.squeezed(16); r == nil || r.Name != "trained" {
		t.Errorf("%+v", r)
	}
	if r := s.squeezed(8); r != nil {
		t.Errorf("of another compression: %+v", r)
	}
}
