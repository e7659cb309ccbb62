package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
)

// Heard is what is known of a clip, or of a piece of one, once it was heard.
type Heard struct {
	Frames    int
	DurationS float64
	LevelDBFS float64 // RMS without the constant, before any change; SilenceDBFS for digital silence
	MeanDB    float64 // mean over all cells before the first change's CellsDB, dB re full scale
	Saturated int     // samples that a change would take beyond full scale
	Sound     Sound
}

// Change is what is done to the level of what is heard, to see how much of a result is
// loudness. The zero value does nothing: it is what a node hears. Who wants a level of the
// whole must have heard the whole before: a node cannot.
type Change struct {
	SamplesDB float64 // gain of the samples
	CellsDB   float64 // added to all cells
}

// mostChangeDB bounds a change.
const mostChangeDB = 400

func (c Change) valid() bool {
	return math.Abs(c.SamplesDB) <= mostChangeDB && math.Abs(c.CellsDB) <= mostChangeDB
}

// Ear is told what is heard, in order.
type Ear struct {
	// Changes says how a piece is heard, with each change once; nil: as it is.
	Changes func(piece int) []Change
	// Frame takes the codes of a frame, as the change of that number has it. They are valid
	// until it returns.
	Frame func(change int, codes []int8) error
	// Break is told that the frames of a change that follow do not go on where those before
	// ended: what lay between was dead. nil: nobody wants to know.
	Break func(change int) error
	// End is told that a piece is over.
	End func(piece int, h Heard) error
}

// Listener hears clips as the node does, block by block, so that they may be of any length.
// It belongs to one goroutine.
type Listener struct {
	profile   dsp.Profile
	channel   int
	quantiser *dsp.Quantiser
	block     hw.Block
	loud      []int32
	codes     []int8
	levels    []dsp.DB
	fronts    []*front              // one for each gain of samples at a time
	rateHz    int                   // of the clips that fronts take
	scale     dsp.DB                // likewise: see model.Scale
	tell      func(seconds float64) // that were read since it was last called; nil: nobody wants to know
}

// blockTimes is how many sample times are read at once.
const blockTimes = 4096

// NewListener returns a listener to one channel, from 0.
func NewListener(p dsp.Profile, channel int) (*Listener, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if channel < 0 {
		return nil, fmt.Errorf("dataset: channel %d: must be 0 or more", channel)
	}
	return &Listener{
		profile: p, channel: channel, quantiser: dsp.NewQuantiser(p),
		codes: make([]int8, p.Values()), levels: make([]dsp.DB, p.Values()), block: hw.Block{PCM: make([]int32, blockTimes)},
	}, nil
}

// errUnusable says why a clip is left out.
type errUnusable struct{ error }

func (e errUnusable) Unwrap() error { return e.error }

// Listen hears a clip, cut to pieces as cut says. A warning says what is wrong with a clip
// that is used all the same, or why it is left out: then ear was told of no end.
func (l *Listener) Listen(ctx context.Context, c *Clip, cut Cut, ear Ear) (warning string, err error) {
	src, err := c.Open(recording.Options{})
	if err != nil {
		return fmt.Sprintf("%s: left out: %v", c.Name, err), nil
	}
	defer src.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	p, err := l.hear(ctx, src, cut, ear)
	var left errUnusable
	switch notes := append(src.Notes(), p.notes()...); {
	case errors.Is(err, errSilent):
		return fmt.Sprintf("%s: %s", c.Name, l.silent(ctx, c)), nil
	case errors.As(err, &left):
		return fmt.Sprintf("%s: left out: %s", c.Name, strings.Join(append([]string{left.Error()}, notes...), "; ")), nil
	case err == nil && len(notes) > 0:
		warning = fmt.Sprintf("%s: %s", c.Name, strings.Join(notes, "; "))
	}
	return warning, err
}

// fits returns an error when such a recording cannot be heard.
func (l *Listener) fits(src *recording.Recording) error {
	switch rate := src.Format().SampleRateHz; {
	case rate < l.profile.LowestRateHz():
		return fmt.Errorf("has %d Hz, the profile %d Hz: record at that rate or a higher one, or train with --rate %[1]d",
			rate, l.profile.SampleRateHz)
	case l.channel >= src.Channels():
		return fmt.Errorf("has %d channels: choose a channel from 0 to %d (--channel)", src.Channels(), src.Channels()-1)
	}
	return src.Choose(l.channel)
}

// hear reads a recording to its end.
func (l *Listener) hear(ctx context.Context, src *recording.Recording, cut Cut, ear Ear) (*passage, error) {
	if err := l.fits(src); err != nil {
		return &passage{}, errUnusable{err}
	}
	f := src.Format()
	f.Channels = src.Channels()
	if scale := model.Scale(src.Origin()); l.rateHz != f.SampleRateHz || l.scale != scale {
		l.fronts, l.rateHz, l.scale = nil, f.SampleRateHz, scale
	}
	p := &passage{l: l, ear: ear, format: f, knife: cut.knife(f.SampleRateHz), src: src}
	read := 0 // samples that were not told of
	defer func() { l.told(read, f.SampleRateHz) }()
	for !p.knife.over() {
		if read >= tellS*f.SampleRateHz {
			l.told(read, f.SampleRateHz)
			read = 0
		}
		l.block.PCM = l.block.PCM[:cap(l.block.PCM)]
		err := src.Read(ctx, &l.block)
		switch {
		case errors.Is(err, io.EOF):
			return p, p.finish()
		case ctx.Err() != nil:
			return p, ctx.Err()
		case err != nil:
			return p, errUnusable{err}
		}
		read += len(l.block.PCM)
		if l.block.Lost > 0 {
			p.gap()
		}
		if err := p.take(l.block.PCM); err != nil {
			return p, err
		}
	}
	return p, p.finish()
}

// told tells of samples that were read.
func (l *Listener) told(samples, rateHz int) {
	if l.tell != nil && samples > 0 {
		l.tell(float64(samples) / float64(rateHz))
	}
}

// front is the front end for one gain.
type front struct {
	*dsp.Stream
	passage *passage
	gain    float64
	frames  int // of the present piece
	number  int
}

// Frame is dsp.Sink's.
func (f *front) Frame(levels []dsp.DB) {
	f.frames++
	f.passage.frame(f, levels)
}

// Break is dsp.Sink's.
func (f *front) Break() {
	p := f.passage
	for i, c := range p.changes {
		if c.SamplesDB == f.gain && p.failed == nil && p.ear.Break != nil {
			p.failed = p.ear.Break(i)
		}
	}
}

// passage is one clip on its way through a listener.
type passage struct {
	l      *Listener
	ear    Ear
	format hw.Format
	src    *recording.Recording
	knife  knife
	piece  int
	open   bool
	failed error // ear's

	changes []Change
	gains   []float64 // each once, of changes
	pieceOf measured
	told    int     // pieces that had a frame
	short   int64   // samples of the last one that had none
	deadS   float64 // of all pieces
}

// measured are running sums over a piece.
type measured struct {
	meter     *level.Meter
	samples   int64
	cells     int64
	sum       int64 // of levels, over cells
	saturated int
}

// gap says that samples are missing: no window spans them, as on a node.
func (p *passage) gap() {
	for g := range p.gains {
		if f := p.l.fronts[g]; p.open {
			f.Gap()
			if f.frames > 0 {
				f.Break()
			}
		}
	}
}

// take hears samples that follow those before.
func (p *passage) take(pcm []int32) error {
	for len(pcm) > 0 && !p.knife.over() {
		n, inside := p.knife.next(len(pcm))
		if inside {
			if !p.open {
				if err := p.begin(); err != nil {
					return err
				}
			}
			if err := p.hear(pcm[:n]); err != nil {
				return err
			}
		}
		pcm = pcm[n:]
		if p.open && !p.knife.inside() {
			if err := p.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins a piece.
func (p *passage) begin() error {
	p.open = true
	p.changes = []Change{{}}
	if p.ear.Changes != nil {
		p.changes = p.ear.Changes(p.piece)
	}
	p.gains = nil
	for _, c := range p.changes {
		if !c.valid() {
			return fmt.Errorf("dataset: change by %g and %g dB: must be at most %d", c.SamplesDB, c.CellsDB, mostChangeDB)
		}
		known := false
		for _, g := range p.gains {
			known = known || g == c.SamplesDB
		}
		if !known {
			p.gains = append(p.gains, c.SamplesDB)
		}
	}
	for i, gain := range p.gains {
		if i == len(p.l.fronts) {
			s, err := dsp.NewStream(p.l.profile, dsp.Input{SampleRateHz: p.format.SampleRateHz, Scale: p.l.scale})
			if err != nil {
				return errUnusable{err}
			}
			p.l.fronts = append(p.l.fronts, &front{Stream: s, number: i})
		}
		f := p.l.fronts[i]
		f.Restart()
		f.passage, f.gain, f.frames = p, gain, 0
	}
	p.pieceOf = measured{meter: level.NewMeter(p.format.BitsPerSample)}
	return nil
}

// hear gives samples of a piece to the meters and front ends.
func (p *passage) hear(pcm []int32) error {
	m := &p.pieceOf
	m.meter.Write(pcm)
	m.samples += int64(len(pcm))
	for g, gain := range p.gains {
		samples := pcm
		if gain != 0 {
			p.l.loud = append(p.l.loud[:0], pcm...)
			m.saturated += Amplify(p.l.loud, gain)
			samples = p.l.loud
		}
		p.l.fronts[g].Write(samples, p.l.fronts[g])
	}
	return p.failed
}

// frame gives a frame to whoever wants it.
func (p *passage) frame(f *front, frame []dsp.DB) {
	if f.number == 0 {
		for _, v := range frame[:p.l.profile.Bands] {
			p.pieceOf.sum += int64(v)
		}
		p.pieceOf.cells += int64(p.l.profile.Bands)
	}
	for i, c := range p.changes {
		if c.SamplesDB != f.gain || p.failed != nil {
			continue
		}
		levels := frame
		if c.CellsDB != 0 {
			levels = p.l.levels
			copy(levels, frame)
			shift(levels[:p.l.profile.Bands], c.CellsDB)
		}
		p.l.quantiser.Quantise(p.l.codes, levels)
		p.failed = p.ear.Frame(i, p.l.codes)
	}
}

// end ends a piece. One without a frame is not told of.
func (p *passage) end() error {
	p.open = false
	p.piece++
	m, heard := &p.pieceOf, p.l.fronts[0]
	sound := soundOf(m.meter, p.format)
	sound.Table, sound.Origin = p.src.Table(), p.src.Origin()
	if p.src.Oddities().Beyond > 0 {
		sound.Clipped = 0 // by how floats were written, which Notes says, not by the microphone
	}
	sound.DeadS = float64(heard.LeftOut()) / float64(p.format.SampleRateHz)
	p.deadS += sound.DeadS
	if heard.frames == 0 {
		p.short = m.samples
		return nil
	}
	p.told++
	return p.ear.End(p.piece-1, Heard{
		Frames: heard.frames, DurationS: float64(m.samples) / float64(p.format.SampleRateHz),
		LevelDBFS: max(m.meter.ACRMSDBFS(), SilenceDBFS),
		MeanDB:    float64(m.sum) / float64(m.cells) * dsp.DB(1).Float64(), Saturated: m.saturated, Sound: sound,
	})
}

// finish ends what is open, and says when there was nothing to hear.
func (p *passage) finish() error {
	if p.open {
		if err := p.end(); err != nil {
			return err
		}
	}
	if p.told == 0 && p.deadS > 0 {
		return errSilent
	}
	if p.told == 0 {
		return errUnusable{fmt.Errorf("its %.2g s are less than one frame, %.2g s",
			float64(p.short)/float64(p.format.SampleRateHz), float64(p.l.profile.FrameLength)/float64(p.l.profile.SampleRateHz))}
	}
	return nil
}
