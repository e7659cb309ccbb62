package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
)

// Heard is what is known of a clip, or of a piece of one, once it was heard.
type Heard struct {
	Frames    int
	DurationS float64
	LevelDBFS float64 // RMS before any change; SilenceDBFS for digital silence
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
	fronts    []*dsp.Stream // one for each gain of samples at a time
	rateHz    int           // of the clips that fronts take
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
		codes: make([]int8, p.Bands), levels: make([]dsp.DB, p.Bands), block: hw.Block{PCM: make([]int32, blockTimes)},
	}, nil
}

// errUnusable says why a clip is left out.
type errUnusable struct{ error }

func (e errUnusable) Unwrap() error { return e.error }

// Listen hears a clip, cut to pieces as cut says. A warning says what is wrong with a clip
// that is used all the same, or why it is left out: then ear was told of no end.
func (l *Listener) Listen(ctx context.Context, c Clip, cut Cut, ear Ear) (warning string, err error) {
	src, err := c.Open(recording.Options{TableRateHz: l.profile.SampleRateHz})
	if err != nil {
		return fmt.Sprintf("%s: left out: %v", c.Name, err), nil
	}
	defer src.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	err = l.hear(ctx, src, cut, ear)
	var left errUnusable
	switch notes := src.Notes(); {
	case errors.As(err, &left):
		return fmt.Sprintf("%s: left out: %v", c.Name, left), nil
	case err == nil && len(notes) > 0:
		warning = fmt.Sprintf("%s: %s", c.Name, strings.Join(notes, "; "))
	}
	return warning, err
}

// fits returns an error when such a recording cannot be heard.
func (l *Listener) fits(src *recording.Recording) error {
	switch rate := src.Format().SampleRateHz; {
	case rate < l.profile.SampleRateHz:
		return fmt.Errorf("has %d Hz, the profile %d Hz: record at that rate or a higher one, or train with --rate %[1]d",
			rate, l.profile.SampleRateHz)
	case l.channel >= src.Channels():
		return fmt.Errorf("has %d channels: choose a channel from 0 to %d (--channel)", src.Channels(), src.Channels()-1)
	}
	return src.Choose(l.channel)
}

// hear reads a recording to its end.
func (l *Listener) hear(ctx context.Context, src *recording.Recording, cut Cut, ear Ear) error {
	if err := l.fits(src); err != nil {
		return errUnusable{err}
	}
	f := src.Format()
	f.Channels = src.Channels()
	if l.rateHz != f.SampleRateHz {
		l.fronts, l.rateHz = nil, f.SampleRateHz
	}
	p := passage{l: l, ear: ear, format: f, knife: cut.knife(f.SampleRateHz)}
	for !p.knife.over() {
		l.block.PCM = l.block.PCM[:cap(l.block.PCM)]
		err := src.Read(ctx, &l.block)
		switch {
		case errors.Is(err, io.EOF):
			return p.finish()
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return errUnusable{err}
		}
		if err := p.take(l.block.PCM); err != nil {
			return err
		}
	}
	return p.finish()
}

// passage is one clip on its way through a listener.
type passage struct {
	l      *Listener
	ear    Ear
	format hw.Format
	knife  knife
	piece  int
	open   bool
	failed error // ear's

	changes []Change
	gains   []float64 // each once, of changes
	pieceOf measured
	frames  []int // of each gain
	told    int   // pieces that had a frame
	short   int64 // samples of the last one that had none
}

// measured are running sums over a piece.
type measured struct {
	meter     *level.Meter
	squares   float64
	samples   int64
	cells     int64
	sum       int64 // of levels, over cells
	saturated int
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
	p.gains, p.frames = nil, nil
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
	p.frames = make([]int, len(p.gains))
	for i := range p.gains {
		if i < len(p.l.fronts) {
			p.l.fronts[i].Reset()
			continue
		}
		front, err := dsp.NewStream(p.l.profile, p.format.SampleRateHz)
		if err != nil {
			return errUnusable{err}
		}
		p.l.fronts = append(p.l.fronts, front)
	}
	p.pieceOf = measured{meter: level.NewMeter(p.format.BitsPerSample)}
	return nil
}

// hear gives samples of a piece to the meters and front ends.
func (p *passage) hear(pcm []int32) error {
	m := &p.pieceOf
	m.meter.Write(pcm)
	m.samples += int64(len(pcm))
	m.squares = squares(m.squares, pcm)
	for g, gain := range p.gains {
		samples := pcm
		if gain != 0 {
			p.l.loud = append(p.l.loud[:0], pcm...)
			m.saturated += Amplify(p.l.loud, gain)
			samples = p.l.loud
		}
		p.l.fronts[g].Write(samples, func(frame []dsp.DB) { p.frame(g, gain, frame) })
	}
	return p.failed
}

// frame gives a frame to whoever wants it.
func (p *passage) frame(g int, gain float64, frame []dsp.DB) {
	p.frames[g]++
	if g == 0 {
		for _, v := range frame {
			p.pieceOf.sum += int64(v)
		}
		p.pieceOf.cells += int64(len(frame))
	}
	for i, c := range p.changes {
		if c.SamplesDB != gain || p.failed != nil {
			continue
		}
		levels := frame
		if c.CellsDB != 0 {
			levels = p.l.levels
			copy(levels, frame)
			shift(levels, c.CellsDB)
		}
		p.l.quantiser.Quantise(p.l.codes, levels)
		p.failed = p.ear.Frame(i, p.l.codes)
	}
}

// end ends a piece. One without a frame is not told of.
func (p *passage) end() error {
	p.open = false
	p.piece++
	m := &p.pieceOf
	if p.frames[0] == 0 {
		p.short = m.samples
		return nil
	}
	p.told++
	return p.ear.End(p.piece-1, Heard{
		Frames: p.frames[0], DurationS: float64(m.samples) / float64(p.format.SampleRateHz),
		LevelDBFS: levelOf(m.squares, m.samples), MeanDB: float64(m.sum) / float64(m.cells) * dsp.DB(1).Float64(),
		Saturated: m.saturated, Sound: soundOf(m.meter, p.format),
	})
}

// finish ends what is open, and says when there was nothing to hear.
func (p *passage) finish() error {
	if p.open {
		if err := p.end(); err != nil {
			return err
		}
	}
	if p.told == 0 {
		return errUnusable{fmt.Errorf("%d samples are less than one frame (%d)", p.short, p.l.profile.FrameLength)}
	}
	return nil
}
