package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
)

// hard is how well a task is told that was made of a machine's sounds: faults as recorded are often plain, and
// say little of which detector or rule is better.
type hard struct {
	Task     string    `json:"task"`
	Normal   int       `json:"normal"`
	Abnormal int       `json:"abnormal"`
	Together float64   `json:"together"` // area under the ROC curve
	Parts    []float64 `json:"parts"`    // of each detector
	Clips    []clip    `json:"clips"`
}

// hardTask makes a normal clip that was not learned abnormal.
type hardTask struct {
	name   string
	normal string // what it is told from: one of heardNormal
	faulty bool   // it takes a fault
	make   func(w *workshop, normal, fault pcm) pcm
}

// hardTasks lists them. Levels are kept where something is mixed in.
func hardTasks() []hardTask {
	mix := func(db float64) func(*workshop, pcm, pcm) pcm {
		return func(_ *workshop, normal, fault pcm) pcm { return normal.mixed(fault, db) }
	}
	return []hardTask{
		{"fault at 0 dB", asRecorded, true, mix(0)},
		{"fault at -6 dB", asRecorded, true, mix(-6)},
		{"+3 dB in all", asRecorded, false, func(_ *workshop, n, _ pcm) pcm { return n.louder(3) }},
		{"+3 dB, loudest third", asRecorded, false, func(w *workshop, n, _ pcm) pcm { return n.inThird(w.loudHz, 3) }},
		{"+6 dB, quiet third", asRecorded, false, func(w *workshop, n, _ pcm) pcm { return n.inThird(w.quietHz, 6) }},
		{"clicks", asRecorded, false, func(w *workshop, n, _ pcm) pcm { return n.clicking(-6, w.rng) }},
		{"beats of 24 Hz", asRecorded, false, func(_ *workshop, n, _ pcm) pcm { return n.beating(24, 0.4) }},
		{"other microphone", otherMicrophone, true, mix(0)},
		{"drift", drifting, true, mix(0)},
	}
}

// What faults are told from.
const (
	asRecorded      = "recorded"
	otherMicrophone = "microphone" // 1 dB an octave more, the faults likewise
	drifting        = "drift"      // up to 3 dB louder from clip to clip, the faults likewise
)

func heardNormal() []string { return []string{asRecorded, otherMicrophone, drifting} }

const (
	hardClips   = 16 // of each task at most
	hardSeconds = 10 // of each clip at most
)

// workshop makes hard tasks.
type workshop struct {
	rng             *rand.Rand
	normal, fault   []pcm
	loudHz, quietHz float64
}

// newWorkshop draws clips, those of the rate of the first.
func newWorkshop(ctx context.Context, set *dataset.Set, channel int) (*workshop, error) {
	w := &workshop{rng: rand.New(rand.NewPCG(7, 22))}
	rateHz := 0
	for _, of := range []struct {
		label dataset.Label
		into  *[]pcm
	}{{dataset.Normal, &w.normal}, {dataset.Abnormal, &w.fault}} {
		clips := set.Label(of.label)
		for _, i := range w.rng.Perm(len(clips)) {
			q31, rate, err := clips[i].ReadMono(ctx, channel, hardSeconds)
			if err != nil {
				return nil, err
			}
			if rateHz == 0 {
				rateHz = rate
			}
			if rate != rateHz || len(q31) == 0 || len(*of.into) == hardClips {
				continue
			}
			x := make([]float64, len(q31))
			for k, v := range q31 {
				x[k] = float64(v) / (1 << 31)
			}
			*of.into = append(*of.into, pcm{x, rate})
		}
	}
	if len(w.normal) > 0 {
		w.loudHz, w.quietHz = thirds(w.normal)
	}
	return w, nil
}

// normalOf returns a normal clip as a task has it.
func (w *workshop) normalOf(as string, i int) pcm {
	p := w.normal[i]
	switch as {
	case otherMicrophone:
		return p.tilted(1)
	case drifting:
		return p.louder(3 * float64(i) / float64(max(1, len(w.normal)-1)))
	}
	return p
}

// write writes all tasks to a folder of recordings. A file's name begins with its task's number, or with what
// normal sound it is.
func (w *workshop) write(dir string) error {
	for _, as := range heardNormal() {
		for i := range w.normal {
			if err := writePCM(filepath.Join(dir, "normal", fmt.Sprintf("%s-%02d.wav", as, i)), w.normalOf(as, i)); err != nil {
				return err
			}
		}
	}
	for number, t := range hardTasks() {
		count := len(w.normal)
		if t.faulty {
			count = max(count, len(w.fault))
		}
		if t.faulty && len(w.fault) == 0 {
			continue
		}
		for i := range count {
			normal, fault := w.normalOf(t.normal, i%len(w.normal)), pcm{}
			if t.faulty {
				fault = w.fault[i%len(w.fault)]
			}
			name := fmt.Sprintf("%d-%02d.wav", number, i)
			if err := writePCM(filepath.Join(dir, "abnormal", name), t.make(w, normal, fault)); err != nil {
				return err
			}
		}
	}
	return nil
}

// writePCM writes samples as 32 bits; what is beyond full scale is cut off, as by a converter.
func writePCM(name string, p pcm) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	q31 := make([]int32, len(p.x))
	for i, v := range p.x {
		q31[i] = int32(min(math.MaxInt32, max(math.MinInt32, math.Round(v*(1<<31)))))
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	format := hw.Format{SampleRateHz: p.rateHz, Channels: 1, BitsPerSample: 32}
	return errors.Join(wav.Write(f, format, q31), f.Close())
}

// harden judges a model by the hard tasks that can be made of a set.
func harden(ctx context.Context, m *model.Model, set *dataset.Set) (all []hard, err error) {
	w, err := newWorkshop(ctx, set, m.Settings.Provenance.Channel)
	if err != nil || len(w.normal) == 0 {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "detect-hard-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	if err := w.write(dir); err != nil {
		return nil, err
	}
	made, err := dataset.Open(dir)
	if err != nil {
		return nil, err
	}
	e, err := evaluate.Run(ctx, m, made, evaluate.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	of := map[string][]judged{}
	for _, c := range e.Clips.All() {
		j := judged{score: c.Score, clip: clip{Abnormal: c.Label == dataset.Abnormal}}
		for _, d := range c.Detectors {
			j.Surprises = append(j.Surprises, d.Surprise)
		}
		name, _, _ := strings.Cut(path.Base(filepath.ToSlash(c.File)), "-")
		of[name] = append(of[name], j)
	}
	for number, t := range hardTasks() {
		faulty := of[fmt.Sprint(number)]
		if len(faulty) == 0 {
			continue
		}
		h, err := tell(t.name, of[t.normal], faulty)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		all = append(all, h)
	}
	return all, nil
}

// judged is a clip and its score.
type judged struct {
	clip
	score float64
}

// tell says how well a task is told.
func tell(name string, normal, faulty []judged) (h hard, err error) {
	h = hard{Task: name, Normal: len(normal), Abnormal: len(faulty)}
	area := func(of func(j *judged) float64) (a float64) {
		var scores [2][]float64
		for k, side := range [][]judged{normal, faulty} {
			for i := range side {
				scores[k] = append(scores[k], of(&side[i]))
			}
		}
		if err == nil {
			a, err = metrics.AUC(scores[0], scores[1])
		}
		return a
	}
	h.Together = area(func(j *judged) float64 { return j.score })
	for _, side := range [][]judged{normal, faulty} {
		for i := range side {
			h.Clips = append(h.Clips, side[i].clip)
		}
	}
	if len(normal) > 0 {
		for part := range normal[0].Surprises {
			h.Parts = append(h.Parts, area(func(j *judged) float64 { return j.Surprises[part] }))
		}
	}
	return h, err
}
