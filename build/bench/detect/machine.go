package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/outlook"
)

// result is what a machine showed.
type result struct {
	Machine   string                             `json:"machine"`
	Learned   int                                `json:"learned_clips"`
	LearnedS  float64                            `json:"learned_s"`
	Normal    int                                `json:"normal"`
	Abnormal  int                                `json:"abnormal"`
	Bytes     int                                `json:"model_bytes"`
	Together  map[evaluate.Level]metrics.Metrics `json:"together"`
	Parts     []evaluate.DetectorMetrics         `json:"parts"`
	Baselines []baseline                         `json:"baselines"`
	Alarms    int                                `json:"alarms"`
	False     int                                `json:"false_alarms"`
	Clips     []clip                             `json:"clips"` // what each detector made of each
	Outlook   *outlook.Outlook                   `json:"outlook"`
	Observed  *outlook.Observed                  `json:"observed,omitempty"`
	Stream    *stream                            `json:"stream,omitempty"`
	Streamed  *outlook.Observed                  `json:"streamed,omitempty"` // on its normal part
	Hard      []hard                             `json:"hard,omitempty"`
	Few       []few                              `json:"few,omitempty"` // models of few clips
	Seconds   float64                            `json:"seconds"`
}

// clip is what the detectors made of one: their mean surprises.
type clip struct {
	Abnormal  bool      `json:"abnormal"`
	Surprises []float64 `json:"surprises"`
}

// programHash returns that of this program: what is kept was made by it.
func programHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// key names what is kept of some content.
func key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(fmt.Appendf(nil, "%d %s\n", len(p), p))
	}
	return hex.EncodeToString(h.Sum(nil))[:20]
}

// cached returns what is kept of a machine, or measures it.
func (o *options) cached(ctx context.Context, m machine) (*result, error) {
	learnSet, err := dataset.Open(m.learn)
	if err != nil {
		return nil, err
	}
	testSet, err := dataset.Open(m.test)
	if err != nil {
		return nil, err
	}
	file, err := o.learn(ctx, m, learnSet, learnSet.Normal())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(file)
	kept := filepath.Join(o.out, key(o.program, string(sum[:]), testSet.Hash(), fmt.Sprint(o.stream))+".json")
	var r result
	if text, err := os.ReadFile(kept); err == nil && json.Unmarshal(text, &r) == nil {
		return &r, nil
	}
	start := time.Now()
	r = result{Machine: m.name, Bytes: len(file)}
	if err := r.measure(ctx, file, learnSet, testSet, o.stream); err != nil {
		return nil, err
	}
	if r.Few, err = o.fewer(ctx, m, learnSet, testSet); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(start).Seconds()
	text, err := json.Marshal(&r)
	if err != nil {
		return nil, err
	}
	return &r, os.WriteFile(kept, text, 0o600)
}

// learn returns a machine's model of some of its clips: the one that was given or kept, or a new one.
func (o *options) learn(ctx context.Context, m machine, set *dataset.Set, clips dataset.NormalClips) ([]byte, error) {
	if o.models != "" {
		return os.ReadFile(filepath.Join(o.models, m.name+".tflite"))
	}
	kept := filepath.Join(o.out, key(o.program, clips.Hash(), o.family)+".tflite")
	if file, err := os.ReadFile(kept); err == nil {
		return file, nil
	}
	out, err := learn.Run(ctx, learn.Options{
		Data: m.learn, Set: set, Clips: clips, Name: m.name, Family: o.family, Fusion: detect.Max, Seed: 1,
		Threads: runtime.GOMAXPROCS(0), Tool: "bench-detect",
	})
	if err != nil {
		return nil, err
	}
	return out.File, os.WriteFile(kept, out.File, 0o600)
}

// measure judges a model.
func (r *result) measure(ctx context.Context, file []byte, learned, test *dataset.Set, streams bool) error {
	m, err := model.Parse(file)
	if err != nil {
		return err
	}
	judged, err := evaluate.Unlearned(test, m)
	if err != nil {
		return err
	}
	e, err := evaluate.Run(ctx, m, judged, evaluate.Options{
		Channel: m.Settings.Provenance.Channel, Seed: 1, Details: true,
	})
	if err != nil {
		return err
	}
	n := &m.Settings.Normal
	r.Learned, r.LearnedS = n.Clips, n.DurationS
	r.Normal, r.Abnormal, r.Together, r.Parts = e.Normal, e.Abnormal, e.Levels, e.Detectors
	r.Alarms, r.False = e.Alarms, e.FalseAlarms
	for _, c := range e.Clips.All() {
		of := clip{Abnormal: c.Label == dataset.Abnormal}
		for _, d := range c.Detectors {
			of.Surprises = append(of.Surprises, d.Surprise)
		}
		r.Clips = append(r.Clips, of)
	}
	if r.Outlook, err = outlook.Of(&m.Settings); err != nil {
		return err
	}
	r.Observed = outlook.Observe(m.Settings.Decision.Expected, e.FalseAlarms, e.NormalS())
	if r.Baselines, err = baselines(ctx, m, learned, judged); err != nil {
		return err
	}
	if r.Hard, err = harden(ctx, m, judged); err != nil {
		return err
	}
	if streams && e.Normal > 0 && e.Abnormal > 0 {
		if r.Stream, err = play(ctx, m, judged); err == nil {
			r.Streamed = outlook.Observe(m.Settings.Decision.Expected, r.Stream.False, r.Stream.NormalS)
		}
	}
	return err
}
