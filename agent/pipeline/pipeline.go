package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// Scorer turns frames into window scores; *model.Scorer is the real one.
type Scorer interface {
	// Push adds one frame of int8 codes and reports whether it completed a
	// window. The score's memory is reused by the next Push.
	Push(codes []int8) (model.Score, bool)
	// Reset forgets the frames of an unfinished window.
	Reset()
	// SetConditions gives the operating conditions of the frames that follow.
	SetConditions(values []float64)
}

// Sink takes what a pipeline finds. Its methods are called in the pipeline's
// goroutine, on the way of the sound: they must not block.
type Sink interface {
	// Observe takes an observation. Its memory is reused after the call.
	Observe(source string, o *decide.Observation)
	// Fault takes a condition of the source, nil when it is over.
	Fault(source string, code fault.Code, err error)
}

// Config describes a Pipeline.
type Config struct {
	Source   string // the source's name
	Open     func(context.Context) (hw.Source, error)
	Channel  int // of the source, from 0
	Profile  dsp.Profile
	Scorer   Scorer
	Evidence int // numbers of evidence that come with a score; 0: one per band
	Decision decide.Settings
	// Adaptation lets the decision's threshold follow normal scores; nil: it
	// stays.
	Adaptation *decide.Adaptation
	Sink       Sink
	// Conditions, where set, gives the operating conditions before each block. While
	// it has an error, which is a fault of the source, nothing is scored.
	Conditions func() ([]float64, error)

	// Loop opens a source anew when it ends.
	Loop bool
	// Retry spaces the attempts to open a source that failed; nil: Run returns
	// the first error.
	Retry *backoff.Delay
	// Window, where set, is called with each window's end and score before it
	// is averaged. The score's memory is reused after the call.
	Window func(end time.Time, score model.Score)
}

// ForModel returns a Config with the parts that the model decides, without the
// named detectors of its ensemble.
func ForModel(m *model.Model, without ...detect.Name) (Config, error) {
	scorer, err := m.NewScorer(without...)
	if err != nil {
		return Config{}, err
	}
	return Config{Profile: m.Settings.Profile, Scorer: scorer, Evidence: m.EvidenceLen(), Decision: m.Settings.Decision}, nil
}

// Pipeline listens to one source.
type Pipeline struct {
	c       Config
	front   *dsp.Stream // made when the source's rate is known
	rateHz  int         // of the source
	quant   *dsp.Quantiser
	decider *decide.Decider
	codes   []int8
	mono    []int32
	emit    func([]dsp.DB)
	obs     decide.Observation // outlives Observe calls, so that it is allocated once
	block   hw.Block

	channels int
	ill      bool      // what the source last said of its health
	next     uint64    // first sample of the block that must come next
	before   uint64    // samples that the front end had before this block
	frames   uint64    // frames since the front end was reset
	lossTime time.Time // of the last block with lost samples; zero: none lately
	untold   string    // why the operating conditions are not known; empty: they are

	stats statistics
	beat  atomic.Int64 // when the last block was done, ns since start
	phase atomic.Int32
	start time.Time
}

// statistics are read while Run works.
type statistics struct {
	frames, windows, lost, opens atomic.Uint64
}

// Stats count what a pipeline has done since it was made.
type Stats struct {
	Frames      uint64 // frames of the front end
	Windows     uint64 // windows scored
	LostSamples uint64 // sample times that the source lost
	Opens       uint64 // times that the source was opened
}

// Phases of a pipeline.
const (
	idle    int32 = iota // Run has not been called
	waiting              // between two attempts to open the source
	reading              // the source is open or being opened
	ended                // Run has returned
)

const (
	// blockHops is the size of a block in hops: a tenth of a second or so.
	blockHops = 4
	// maxChannels bounds the memory of a block.
	maxChannels = 64
	// lossShown is how long lost samples stay a fault.
	lossShown = time.Minute
)

// errEmpty says that a source ended before its first sample.
var errEmpty = errors.New("source is empty")

// New returns a Pipeline, or an error that says which part cannot be built.
func New(c Config) (*Pipeline, error) {
	if c.Open == nil || c.Scorer == nil || c.Sink == nil {
		return nil, errors.New("pipeline: needs a source, a scorer and a sink")
	}
	if c.Channel < 0 || c.Channel >= maxChannels {
		return nil, fmt.Errorf("pipeline: channel %d: must be 0 to %d", c.Channel, maxChannels-1)
	}
	if err := c.Profile.Validate(); err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	width := c.Evidence
	if width == 0 {
		width = c.Profile.Bands
	}
	decider, err := decide.New(c.Decision, width)
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	if c.Adaptation != nil {
		if err := decider.Adapt(*c.Adaptation); err != nil {
			return nil, fmt.Errorf("pipeline: %w", err)
		}
	}
	p := &Pipeline{
		c: c, decider: decider,
		quant: dsp.NewQuantiser(c.Profile),
		codes: make([]int8, c.Profile.Bands),
		mono:  make([]int32, blockHops*c.Profile.HopLength),
		start: time.Now(),
	}
	p.emit = p.frame
	return p, nil
}

// Stats returns the present counts.
func (p *Pipeline) Stats() Stats {
	return Stats{
		Frames: p.stats.frames.Load(), Windows: p.stats.windows.Load(),
		LostSamples: p.stats.lost.Load(), Opens: p.stats.opens.Load(),
	}
}

// Alive reports whether the pipeline makes progress: it is reading and has
// done a block within limit, or has nothing to read.
func (p *Pipeline) Alive(limit time.Duration) bool {
	return p.phase.Load() != reading || time.Since(p.start)-time.Duration(p.beat.Load()) <= limit
}

// Ended reports whether Run has returned.
func (p *Pipeline) Ended() bool { return p.phase.Load() == ended }

func (p *Pipeline) enter(phase int32) {
	p.beat.Store(int64(time.Since(p.start)))
	p.phase.Store(phase)
}

// Run listens until the source ends, which is no error, or the context does,
// whose error it returns.
func (p *Pipeline) Run(ctx context.Context) error {
	defer p.enter(ended)
	for {
		p.enter(reading)
		code, err := p.listen(ctx)
		switch {
		case ctx.Err() != nil:
			p.finish(decide.Stopped)
			return ctx.Err()
		case err == nil && p.c.Loop:
			continue
		case err == nil:
			p.finish(decide.SourceEnded)
			return nil
		}
		err = fmt.Errorf("pipeline: source %s: %w", p.c.Source, err)
		if p.c.Retry == nil {
			p.finish(decide.SourceEnded)
			return err
		}
		p.c.Sink.Fault(p.c.Source, code, err)
		p.enter(waiting)
		if p.c.Retry.Sleep(ctx) != nil {
			p.finish(decide.Stopped)
			return ctx.Err()
		}
	}
}

// listen opens the source once and reads it to its end. An error comes with
// the fault's code.
func (p *Pipeline) listen(ctx context.Context) (fault.Code, error) {
	src, err := p.c.Open(ctx)
	if err != nil {
		return fault.SourceOpen, err
	}
	// A Read that does not heed the context is ended by Halt.
	stop := context.AfterFunc(ctx, func() { _ = src.Halt() })
	defer func() {
		if stop() {
			_ = src.Halt() // what was read is good whatever closing says
		}
	}()
	p.stats.opens.Add(1)
	if err := p.fit(src.Format()); err != nil {
		return fault.SourceFormat, err
	}
	p.c.Sink.Fault(p.c.Source, fault.SourceOpen, nil)
	p.c.Sink.Fault(p.c.Source, fault.SourceFormat, nil)
	for first := true; ; first = false {
		err := src.Read(ctx, &p.block)
		if errors.Is(err, io.EOF) {
			if first {
				return fault.SourceRead, errEmpty
			}
			return "", nil
		}
		if err != nil {
			return fault.SourceRead, err
		}
		if err := p.take(&p.block); err != nil {
			return fault.SourceRead, err
		}
		p.checkHealth(src)
		if first {
			p.c.Sink.Fault(p.c.Source, fault.SourceRead, nil)
			if p.c.Retry != nil {
				p.c.Retry.Reset()
			}
		}
		p.beat.Store(int64(time.Since(p.start)))
	}
}

// healthy is a source that can tell while it is open that something is wrong
// with it.
type healthy interface {
	Health() error // nil when nothing is
}

// checkHealth passes on what the source says of itself, when it changes.
func (p *Pipeline) checkHealth(src hw.Source) {
	h, ok := src.(healthy)
	if !ok {
		return
	}
	err := h.Health()
	if (err != nil) == p.ill {
		return
	}
	p.ill = err != nil
	p.c.Sink.Fault(p.c.Source, fault.SourceSilent, err)
}

// fit prepares for blocks of the given format.
func (p *Pipeline) fit(f hw.Format) error {
	switch {
	case f.SampleRateHz < p.c.Profile.SampleRateHz:
		return fmt.Errorf("gives %d samples per second, the model needs at least %d", f.SampleRateHz, p.c.Profile.SampleRateHz)
	case f.Channels < 1 || f.Channels > maxChannels:
		return fmt.Errorf("has %d channels: 1 to %d can be used", f.Channels, maxChannels)
	case p.c.Channel >= f.Channels:
		return fmt.Errorf("has channels 0 to %d, not %d", f.Channels-1, p.c.Channel)
	}
	if p.front == nil || p.rateHz != f.SampleRateHz {
		front, err := dsp.NewStream(p.c.Profile, f.SampleRateHz)
		if err != nil {
			return err
		}
		p.front, p.rateHz = front, f.SampleRateHz
	}
	if n := len(p.mono) * f.Channels; cap(p.block.PCM) != n {
		p.block.PCM = make([]int32, n)
	}
	p.channels = f.Channels
	p.next = 0
	p.gap()
	return nil
}

// gap makes the next sample the start of something new.
func (p *Pipeline) gap() {
	p.front.Reset()
	p.c.Scorer.Reset()
	p.decider.Reset()
	p.before, p.frames = 0, 0
}

// take works on one block.
func (p *Pipeline) take(b *hw.Block) error {
	n := len(b.PCM) / p.channels
	if n > len(p.mono) || n*p.channels != len(b.PCM) {
		return fmt.Errorf("block of %d values for %d channels", len(b.PCM), p.channels)
	}
	if lost := max(b.Lost, b.FirstSample-min(p.next, b.FirstSample)); lost > 0 || b.FirstSample < p.next {
		p.stats.lost.Add(lost)
		p.lossTime = b.Time
		p.gap()
		p.c.Sink.Fault(p.c.Source, fault.SamplesLost, fmt.Errorf("lost %d samples before sample %d", lost, b.FirstSample))
	} else if !p.lossTime.IsZero() && b.Time.Sub(p.lossTime) > lossShown {
		p.lossTime = time.Time{}
		p.c.Sink.Fault(p.c.Source, fault.SamplesLost, nil)
	}
	p.next = b.FirstSample + uint64(n)
	if !p.told() {
		return nil
	}
	mono := p.mono[:n]
	for i := range mono {
		mono[i] = b.PCM[i*p.channels+p.c.Channel]
	}
	p.front.Write(mono, p.emit)
	p.before += uint64(n)
	return nil
}

// told passes the operating conditions on and reports whether they are known. What
// is heard without them is left out, as if it had been lost.
func (p *Pipeline) told() bool {
	if p.c.Conditions == nil {
		return true
	}
	values, err := p.c.Conditions()
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != p.untold {
		p.untold = text
		p.gap()
		p.c.Sink.Fault(p.c.Source, fault.Condition, err)
	}
	if err != nil {
		return false
	}
	p.c.Scorer.SetConditions(values)
	return true
}

// frame works on one frame of the front end.
func (p *Pipeline) frame(levels []dsp.DB) {
	// The frame ends so many seconds after the block began. Frames and samples
	// are counted at two rates, so the difference is taken in seconds; float64
	// keeps it to some ns for a year.
	frameEnd := float64(uint64(p.c.Profile.FrameLength)+p.frames*uint64(p.c.Profile.HopLength)) / float64(p.c.Profile.SampleRateHz)
	end := frameEnd - float64(p.before)/float64(p.rateHz)
	p.frames++
	p.stats.frames.Add(1)
	p.quant.Quantise(p.codes, levels)
	score, ok := p.c.Scorer.Push(p.codes)
	if !ok {
		return
	}
	p.stats.windows.Add(1)
	t := p.block.Time.Add(time.Duration(math.Round(end * float64(time.Second))))
	if p.c.Window != nil {
		p.c.Window(t, score)
	}
	if p.obs, ok = p.decider.Push(t, score.Value, score.Evidence); ok {
		p.c.Sink.Observe(p.c.Source, &p.obs)
	}
}

// finish ends an open event.
func (p *Pipeline) finish(cause decide.Cause) {
	var ok bool
	if p.obs, ok = p.decider.Finish(cause); ok {
		p.c.Sink.Observe(p.c.Source, &p.obs)
	}
}
