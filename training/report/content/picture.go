package content

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
)

// Picture is a stretch of a clip and what the model made of it.
type Picture struct {
	File     string
	Kind     string  // why it is shown
	Fault    string  // where it is known
	Score    float64 // of the clip
	Ratio    float64 // of the clip
	StartS   float64 // of the stretch in the clip
	Frames   int
	Bands    int
	Input    []float32 // frame after frame, dB re full scale
	Restored []float32 // likewise; nil where only the input is of interest
}

// FaultSpectrum is the mean residual of the clips of one fault by band.
type FaultSpectrum struct {
	Name  string `json:"name"` // fault, or the label
	Clips int    `json:"clips"`
	// Residual is the root mean square of input less reconstruction in dB;
	// Signed its mean: above 0 where there is more sound than the model expects.
	Residual []float64 `json:"residual_db"`
	Signed   []float64 `json:"signed_db"`
	// Above names the bands whose residual exceeds that of normal clips most.
	Above []decide.BandRange `json:"above_normal,omitempty"`
}

// Kinds of pictures.
const (
	KindNormal     = "normal"
	KindAbnormal   = "abnormal"
	KindDetection  = "clearest detection"
	KindMiss       = "miss"
	KindFalseAlarm = "false alarm"
	KindNearMiss   = "normal clip that came closest to an alarm"
)

// Limits of pictures.
const (
	maxPictureS = 10
	perKind     = 2
)

// painter restores clips.
type painter struct {
	s        *model.Settings
	it       *tflite.Interpreter
	restored [256]float32 // dB that an output byte stands for
	code     [256]float32 // dB that a code's byte stands for
}

func newPainter(graph *tflite.Model, s *model.Settings) (*painter, error) {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return nil, err
	}
	p := &painter{s: s, it: it}
	out := it.Outputs()[0]
	span := s.Profile.MaxDB - s.Profile.MinDB
	for i := range p.restored {
		p.code[i] = float32(s.Profile.MinDB + span*float64(int(int8(i))+128)/255)
		p.restored[i] = float32(s.Profile.MinDB + span*float64(out.Scale)*float64(int(int8(i))-out.ZeroPoint))
	}
	return p, nil
}

// restore returns the frames of a clip and their reconstruction in dB, frame
// after frame. Frames beyond the last window are left out. An encoder restores nothing:
// the input stands for what it would.
func (p *painter) restore(f *dataset.Features) (input, restored []float32, frames int, err error) {
	w := p.s.Window
	if f.Frames < w.Frames {
		return nil, nil, 0, nil
	}
	windows, err := dataset.NewWindows([]dataset.Features{*f}, w)
	if err != nil {
		return nil, nil, 0, err
	}
	bands := f.Bands
	frames = (windows.Len()-1)*w.StrideFrames + w.Frames
	sum, count := make([]float32, frames*bands), make([]float32, frames)
	codes := make([]int8, windows.Size())
	if !p.s.Restores() {
		clear(count)
		return p.join(f, sum, count), slices.Clone(sum), frames, nil
	}
	in, out := p.it.InputBytes(0), p.it.OutputBytes(slices.Index(p.s.Roles(), model.Reconstruction))
	for i := range windows.Len() {
		windows.Codes(i, codes)
		for k, c := range codes {
			in[k] = byte(c)
		}
		for k, v := range f.ConditionValues(p.s.Conditions) {
			if !math.IsNaN(v) {
				p.it.InputBytes(1)[k] = byte(p.s.Conditions[k].Code(v))
			}
		}
		p.it.Invoke()
		first := i * w.StrideFrames
		for t := range w.Frames {
			count[first+t]++
			row := sum[(first+t)*bands:][:bands]
			for b := range row {
				at := t*bands + b
				if w.Layout == model.BandMajor {
					at = b*w.Frames + t
				}
				row[b] += p.restored[out[at]]
			}
		}
	}
	return p.join(f, sum, count), sum, frames, nil
}

// join returns a clip's frames in dB, and makes means of sums of so many windows by
// frame.
func (p *painter) join(f *dataset.Features, sum, count []float32) (input []float32) {
	input = make([]float32, len(sum))
	for i := range input {
		input[i] = p.code[byte(f.Codes[i])]
		if n := count[i/f.Bands]; n > 0 {
			sum[i] /= n
		} else {
			sum[i] = input[i] // a stride beyond the window leaves frames out
		}
	}
	return input
}

// places returns each clip's fault, or nothing.
func (s *Study) places() []string {
	out := make([]string, len(s.Result.Clips))
	for i, p := range evaluate.Places(s.Result.Clips) {
		out[i] = p.Fault
	}
	return out
}

// wanted chooses the clips of which there are triptychs.
func (s *Study) wanted() map[string]string {
	order := make([]*evaluate.Clip, len(s.Result.Clips))
	for i := range order {
		order[i] = &s.Result.Clips[i]
	}
	slices.SortStableFunc(order, func(a, b *evaluate.Clip) int { return cmp.Compare(b.Ratio, a.Ratio) })
	kinds, taken := map[string]string{}, map[string]int{}
	take := func(c *evaluate.Clip, kind string) {
		if taken[kind] < perKind {
			kinds[c.File] = kind
			taken[kind]++
		}
	}
	for _, c := range order {
		switch abnormal := c.Label == dataset.Abnormal; {
		case abnormal && c.Alarm:
			take(c, KindDetection)
		case !abnormal && c.Alarm:
			take(c, KindFalseAlarm)
		}
	}
	for _, c := range slices.Backward(order) {
		if c.Label == dataset.Abnormal && !c.Alarm {
			take(c, KindMiss)
		}
	}
	if taken[KindFalseAlarm] == 0 {
		for _, c := range order {
			if c.Label == dataset.Normal {
				take(c, KindNearMiss)
				break
			}
		}
	}
	return kinds
}

// examples chooses a typical clip of normal sound and of each fault: that of
// median score.
func (s *Study) examples() map[string]string {
	groups := map[string][]*evaluate.Clip{}
	var names []string
	for i, fault := range s.places() {
		c := &s.Result.Clips[i]
		name := KindNormal
		if c.Label == dataset.Abnormal {
			name = KindAbnormal + " " + fault
		}
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], c)
	}
	out := map[string]string{}
	for _, name := range names[:min(len(names), 6)] {
		g := groups[name]
		slices.SortStableFunc(g, func(a, b *evaluate.Clip) int { return cmp.Compare(a.Score, b.Score) })
		out[g[len(g)/2].File] = name
	}
	return out
}

// meanSquares adds up residuals by band.
type meanSquares struct {
	clips, frames int
	square, sum   []float64
}

// paint restores every clip for the residual spectra and keeps some as pictures.
func (s *Study) paint(ctx context.Context, o *Options, graph *tflite.Model) error {
	p, err := newPainter(graph, s.Settings)
	if err != nil {
		return err
	}
	byName := map[string]dataset.Clip{}
	for _, c := range o.Set.Clips() {
		byName[c.Name] = c
	}
	wanted, examples, faults := s.wanted(), s.examples(), s.places()
	spectra := map[string]*meanSquares{}
	var names []string
	progress := o.part("pictures", 0.35, 0.5)
	for i := range s.Result.Clips {
		c := &s.Result.Clips[i]
		features, _, err := dataset.Extract(ctx, []dataset.Clip{byName[c.File]}, dataset.Options{
			Profile: s.Settings.Profile, Channel: o.Channel, Workers: 1,
		})
		if err != nil {
			return fmt.Errorf("content: %w", err)
		}
		input, restored, frames, err := p.restore(&features[0])
		if err != nil {
			return err
		}
		if frames == 0 {
			continue
		}
		name := string(c.Label)
		if faults[i] != "" {
			name = faults[i]
		}
		m := spectra[name]
		if m == nil {
			m = &meanSquares{square: make([]float64, features[0].Bands), sum: make([]float64, features[0].Bands)}
			spectra[name] = m
			names = append(names, name)
		}
		m.add(input, restored, frames)
		pic := s.cut(c, input, restored, frames, features[0].Bands)
		pic.Fault = faults[i]
		if kind, ok := examples[c.File]; ok {
			e := pic
			e.Kind, e.Restored = kind, nil
			s.Examples = append(s.Examples, e)
		}
		if kind, ok := wanted[c.File]; ok && s.Settings.Restores() {
			pic.Kind = kind
			s.Triptychs = append(s.Triptychs, pic)
		}
		progress(i+1, len(s.Result.Clips))
	}
	s.sortPictures()
	if s.Settings.Restores() {
		s.spectra(names, spectra)
	}
	return nil
}

func (m *meanSquares) add(input, restored []float32, frames int) {
	m.clips++
	m.frames += frames
	bands := len(m.sum)
	for i := range input {
		d := float64(input[i] - restored[i])
		m.square[i%bands] += d * d
		m.sum[i%bands] += d
	}
}

// cut returns the stretch of a clip in which the residual is largest.
func (s *Study) cut(c *evaluate.Clip, input, restored []float32, frames, bands int) Picture {
	p := s.Settings.Profile
	hopS := float64(p.HopLength) / float64(p.SampleRateHz)
	most := int(maxPictureS / hopS)
	first := 0
	if frames > most {
		energy := make([]float64, frames+1) // up to each frame
		for t := range frames {
			e := 0.0
			for b := range bands {
				d := float64(input[t*bands+b] - restored[t*bands+b])
				e += d * d
			}
			energy[t+1] = energy[t] + e
		}
		for t := range frames - most {
			if energy[t+most]-energy[t] > energy[first+most]-energy[first] {
				first = t
			}
		}
		frames = most
	}
	return Picture{
		File: c.File, Score: c.Score, Ratio: c.Ratio, StartS: float64(first) * hopS, Frames: frames, Bands: bands,
		Input:    slices.Clone(input[first*bands : (first+frames)*bands]),
		Restored: slices.Clone(restored[first*bands : (first+frames)*bands]),
	}
}

// sortPictures puts detections first, then misses, then false alarms.
func (s *Study) sortPictures() {
	order := []string{KindDetection, KindMiss, KindFalseAlarm, KindNearMiss}
	slices.SortStableFunc(s.Triptychs, func(a, b Picture) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(b.Ratio, a.Ratio))
	})
}

// spectra turns sums into spectra and says what is above normal.
func (s *Study) spectra(names []string, sums map[string]*meanSquares) {
	var normal []float64
	if m := sums[string(dataset.Normal)]; m != nil {
		for _, v := range m.square {
			normal = append(normal, v/float64(m.frames))
		}
	}
	for _, name := range names {
		m := sums[name]
		f := FaultSpectrum{
			Name: name, Clips: m.clips, Residual: make([]float64, len(m.sum)), Signed: make([]float64, len(m.sum)),
		}
		square := make([]float64, len(m.sum))
		for b := range m.sum {
			square[b] = m.square[b] / float64(m.frames)
			f.Residual[b], f.Signed[b] = math.Sqrt(square[b]), m.sum[b]/float64(m.frames)
		}
		if name != string(dataset.Normal) && normal != nil {
			f.Above = decide.Contributing(square, normal, s.Model.BandHz, 3)
		}
		s.Spectra = append(s.Spectra, f)
	}
}
