package content

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/decide"
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
	Restored []float32 // likewise; nil where the model restores nothing
	// Typical says that its score is the median of its kind.
	Typical bool
	WAV     []byte  // what is shown, as a file to listen to; nil: not at hand
	GainDB  float64 // by which the WAV is louder than what was recorded
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

// places returns each clip's fault, or nothing.
func (s *Study) places() []string {
	out := make([]string, s.Result.Clips.Len())
	for i, p := range s.Result.Clips.Places() {
		out[i] = p.Fault
	}
	return out
}

// wanted chooses the clips of which there are triptychs.
func (s *Study) wanted() map[string]string {
	order := make([]*evaluate.Clip, 0, s.Result.Clips.Len())
	for _, c := range s.Result.Clips.All() {
		order = append(order, c)
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

// example is why a clip is shown beside others.
type example struct {
	kind    string
	typical bool
}

// Limits of examples.
const (
	maxKinds    = 6
	maxExamples = 8
)

// examples chooses clips of normal sound and of each fault: that of median score, and as there is
// room others of low and high score.
func (s *Study) examples() map[string]example {
	groups := map[string][]*evaluate.Clip{}
	var names []string
	for i, fault := range s.places() {
		c := s.Result.Clips.At(i)
		name := KindNormal
		if c.Label == dataset.Abnormal {
			name = KindAbnormal + " " + fault
		}
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], &c)
	}
	names = names[:min(len(names), maxKinds)]
	out := map[string]example{}
	for _, share := range []float64{0.5, 0.9, 0.1} {
		if len(out)+len(names) > maxExamples {
			break
		}
		for _, name := range names {
			g := groups[name]
			slices.SortStableFunc(g, func(a, b *evaluate.Clip) int { return cmp.Compare(a.Score, b.Score) })
			file := g[int(share*float64(len(g)))].File
			if _, shown := out[file]; !shown {
				out[file] = example{name, share == 0.5}
			}
		}
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
	e, err := s.newEasel(o, graph)
	if err != nil {
		return err
	}
	faults := s.places()
	progress := o.part("pictures", 0.35, 0.48)
	all := &s.Result.Clips
	var clips []evaluate.Clip // that are pieces of one recording
	for i := range all.Len() {
		clips = append(clips, all.At(i))
		if c := &clips[0]; c.Recording != "" && i+1 < all.Len() && all.At(i+1).Recording == c.Recording {
			continue
		}
		if err := e.measure(ctx, clips, faults[i+1-len(clips):i+1]); err != nil {
			return err
		}
		clips = clips[:0]
		progress(i+1, all.Len())
	}
	if err := e.hang(ctx, faults); err != nil {
		return err
	}
	s.sortPictures()
	if s.Settings.Restores() {
		s.spectra(e.names, e.spectra)
	}
	return nil
}

// easel is where clips are painted.
type easel struct {
	s       *Study
	p       *painter
	ears    *dataset.Listener
	byName  map[string]*dataset.Clip
	names   []string // of spectra, in order
	spectra map[string]*meanSquares
	best    []stretch // of each clip so far
	channel int
}

// stretch is where a clip's residual is largest.
type stretch struct{ first, frames int }

func (s *Study) newEasel(o *Options, graph *tflite.Model) (*easel, error) {
	e := &easel{s: s, byName: map[string]*dataset.Clip{}, spectra: map[string]*meanSquares{}, channel: o.Channel}
	for _, c := range o.Set.Clips() {
		e.byName[c.Name] = c
	}
	var err error
	if e.p, err = newPainter(graph, s.Settings); err != nil {
		return nil, err
	}
	e.ears, err = dataset.NewListener(s.Settings.Profile, o.Channel)
	return e, err
}

// listen paints the clips of one recording; end is told of each, by its number.
func (e *easel) listen(ctx context.Context, clips []evaluate.Clip, cut dataset.Cut,
	row func(input, restored []float32), end func(i int),
) error {
	name := clips[0].File
	if clips[0].Recording != "" {
		name = clips[0].Recording
	}
	recording := e.byName[name]
	defer e.p.it.EndWith(ctx)()
	e.p.begin(recording, row)
	_, err := e.ears.Listen(ctx, recording, cut, dataset.Ear{
		Frame: func(_ int, codes []int8) error { e.p.push(codes); return nil },
		End: func(piece int, _ dataset.Heard) error {
			e.p.end()
			for i := range clips {
				if clips[i].Piece == piece {
					end(i)
				}
			}
			e.p.begin(recording, row)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return ctx.Err()
}

// measure adds the clips of one recording to the spectra, and finds their stretches.
func (e *easel) measure(ctx context.Context, clips []evaluate.Clip, faults []string) error {
	bands := e.s.Settings.Profile.Bands
	one := newMeanSquares(bands)
	var energy []float64
	from := len(e.best)
	e.best = append(e.best, make([]stretch, len(clips))...)
	return e.listen(ctx, clips, clips[0].Cut, func(input, restored []float32) {
		energy = append(energy, one.add(input, restored))
	}, func(i int) {
		name := string(clips[i].Label)
		if faults[i] != "" {
			name = faults[i]
		}
		if len(energy) > 0 {
			if e.spectra[name] == nil {
				e.spectra[name] = newMeanSquares(bands)
				e.names = append(e.names, name)
			}
			e.spectra[name].join(one)
		}
		e.best[from+i] = e.largest(energy)
		one, energy = newMeanSquares(bands), energy[:0]
	})
}

// hopS returns the seconds from frame to frame.
func (e *easel) hopS() float64 {
	return float64(e.s.Settings.Profile.HopLength) / float64(e.s.Settings.Profile.SampleRateHz)
}

// largest returns the stretch with the most energy, of that of frames.
func (e *easel) largest(energy []float64) stretch {
	most := int(maxPictureS / e.hopS())
	best := stretch{frames: min(len(energy), most)}
	now, highest := 0.0, 0.0
	for t, v := range energy {
		now += v
		if t < most {
			highest = now
			continue
		}
		if now -= energy[t-most]; now > highest {
			highest, best.first = now, t-most+1
		}
	}
	return best
}

// hang keeps the pictures that are shown.
func (e *easel) hang(ctx context.Context, faults []string) error {
	s := e.s
	wanted, examples := s.wanted(), s.examples()
	for i, c := range s.Result.Clips.All() {
		example, shown := examples[c.File], wanted[c.File]
		if !s.Settings.Restores() {
			shown = ""
		}
		if example.kind == "" && shown == "" || e.best[i].frames == 0 {
			continue
		}
		pic, err := e.picture(ctx, c, e.best[i])
		if err != nil {
			return err
		}
		if !s.Settings.Restores() {
			pic.Restored = nil
		}
		e.record(ctx, &pic, c)
		pic.Fault = faults[i]
		if example.kind != "" {
			p := pic
			p.Kind, p.Typical = example.kind, example.typical
			s.Examples = append(s.Examples, p)
		}
		if shown != "" {
			pic.Kind = shown
			s.Triptychs = append(s.Triptychs, pic)
		}
	}
	return nil
}

// picture paints a clip's stretch.
func (e *easel) picture(ctx context.Context, c *evaluate.Clip, at stretch) (Picture, error) {
	pic := Picture{
		File: c.File, Score: c.Score, Ratio: c.Ratio, StartS: float64(at.first) * e.hopS(), Frames: at.frames,
		Bands: e.s.Settings.Profile.Bands,
	}
	own := *c
	own.Piece = 0
	cut := dataset.Cut{}
	if c.Recording != "" {
		cut = dataset.Cut{FromS: c.StartS, ToS: c.StartS + c.DurationS}
	}
	frame := 0
	err := e.listen(ctx, []evaluate.Clip{own}, cut, func(input, restored []float32) {
		if frame >= at.first && frame < at.first+at.frames {
			pic.Input, pic.Restored = append(pic.Input, input...), append(pic.Restored, restored...)
		}
		frame++
	}, func(int) {})
	return pic, err
}

func newMeanSquares(bands int) *meanSquares {
	return &meanSquares{square: make([]float64, bands), sum: make([]float64, bands)}
}

// add takes a frame and returns its residual's energy.
func (m *meanSquares) add(input, restored []float32) (energy float64) {
	m.frames++
	for b := range input {
		d := float64(input[b] - restored[b])
		m.square[b] += d * d
		m.sum[b] += d
		energy += d * d
	}
	return energy
}

// join takes a clip.
func (m *meanSquares) join(clip *meanSquares) {
	m.clips++
	m.frames += clip.frames
	for b := range m.sum {
		m.square[b] += clip.square[b]
		m.sum[b] += clip.sum[b]
	}
}

// sortPictures puts detections first, then misses, then false alarms; of examples, those of a kind
// together, the median first.
func (s *Study) sortPictures() {
	slices.SortStableFunc(s.Examples, func(a, b Picture) int {
		return cmp.Or(cmp.Compare(count(b.Kind == KindNormal), count(a.Kind == KindNormal)),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(count(b.Typical), count(a.Typical)), cmp.Compare(a.Score, b.Score))
	})
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
