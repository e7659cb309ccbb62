package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/level"
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

// Learned knows what was learned; *model.Settings is the real one. Doubts are texts, "" for
// none, and become faults of the source that do not stop it.
type Learned interface {
	// CheckUnit returns an error where a source's samples cannot be heard by the model.
	CheckUnit(o hw.Origin) error
	// RateDoubt says what is heard otherwise at a rate.
	RateDoubt(sampleRateHz int) string
	// ScaleDoubt says why levels may be others.
	ScaleDoubt(o hw.Origin) string
	// OtherSensor says that it is another sensor.
	OtherSensor(o hw.Origin) string
	// GainDoubt says what of a card's mixer is otherwise: while it does, nothing is judged.
	GainDoubt(o hw.Origin) string
	// Heard is how the sensor gave normal sound, nil where that is not known.
	Heard() *health.Learned
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

	// Learned, where set, says what of a source is otherwise than it was learned.
	Learned Learned

	// Loop opens a source anew when it ends.
	Loop bool
	// Retry spaces the attempts to open a source that failed; nil: Run returns
	// the first error.
	Retry *backoff.Delay
	// Window, where set, is called with each window's end and score before it
	// is averaged. The score's memory is reused after the call.
	Window func(end time.Time, score model.Score)

	block int // sample times of a block; tests have larger ones; 0: half a hop
}

// ForModel returns a Config with the parts that the model decides, without the
// named detectors of its ensemble.
func ForModel(m *model.Model, without ...detect.Name) (Config, error) {
	scorer, err := m.NewScorer(without...)
	if err != nil {
		return Config{}, err
	}
	s := &m.Settings
	return Config{
		Profile: s.Profile, Scorer: scorer, Evidence: m.EvidenceLen(), Decision: s.Decision, Learned: s,
	}, nil
}

// Pipeline listens to one source.
type Pipeline struct {
	c       Config
	front   frontEnd
	decider *decide.Decider
	obs     decide.Observation // outlives Observe calls, so that it is allocated once
	block   hw.Block

	next     uint64    // first sample of the block that must come next
	lossTime time.Time // of the last block with lost samples; zero: none lately
	settled  uint64    // first sample that the machine has made, and not the sensor's start
	watch    *level.Watch
	monitor  *health.Monitor // nil: nothing was learned
	complaints

	stats statistics
	pulse pulse
}

// complaints are what was last said of the source.
type complaints struct {
	ill, pitch, clips told // of the sensor, its rate and its range
	gain              told // of its mixer and its level
	noise, swapped    told
	mixer             string
	turned            error // what of the mixer is otherwise
	has               health.Ill
	why               error // it has that
	held              bool  // by a fault of the sensor: nothing is judged
	unknown, beyond   told  // of operating conditions that are not known, or were never learned
}

const (
	// blocksPerHop is how many blocks a hop has at least: a window waits at most for the
	// block that completes it, 16 ms of a hop of 32.
	blocksPerHop = 2
	// maxChannels bounds the memory of a block.
	maxChannels = 64
	// lossShown is how long lost samples stay a fault.
	lossShown = time.Minute
)

// ErrReplaced is the cause of a context that ends since another pipeline will listen to the
// source: an event that is open ends as replaced, not as stopped.
var ErrReplaced = errors.New("pipeline: replaced")

// stopped returns why an event ends with the context.
func stopped(ctx context.Context) decide.Cause {
	if errors.Is(context.Cause(ctx), ErrReplaced) {
		return decide.Replaced
	}
	return decide.Stopped
}

// ErrUnfit is wrapped by an error of Config.Conditions where they are known, and the model is
// not made for them.
var ErrUnfit = errors.New("the model is not made for it")

// ErrEmpty says that a source ended before its first sample.
var ErrEmpty = errors.New("source is empty")

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
	p := &Pipeline{c: c, decider: decider, pulse: pulse{start: time.Now()}}
	p.front = newFrontEnd(c.Profile, c.Channel, p.levels, p.frame, p.broken)
	p.front.block = c.block
	return p, nil
}

// Run listens until the source ends, which is no error, or the context does,
// whose error it returns.
func (p *Pipeline) Run(ctx context.Context) error {
	defer p.pulse.enter(ended)
	if s, ok := p.c.Scorer.(interface{ EndWith(context.Context) func() }); ok {
		defer s.EndWith(ctx)()
	}
	for {
		p.pulse.enter(reading)
		code, err := p.listen(ctx)
		switch {
		case ctx.Err() != nil:
			p.finish(stopped(ctx))
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
		p.pulse.enter(waiting)
		if p.c.Retry.Sleep(ctx) != nil {
			p.finish(stopped(ctx))
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
	if err := p.fit(src); err != nil {
		return fault.SourceFormat, err
	}
	if s, ok := src.(settling); ok {
		p.settled = uint64(s.Settles().Seconds() * float64(src.Format().SampleRateHz))
	}
	p.c.Sink.Fault(p.c.Source, fault.SourceOpen, nil)
	p.c.Sink.Fault(p.c.Source, fault.SourceFormat, nil)
	for first := true; ; first = false {
		err := src.Read(ctx, &p.block)
		if errors.Is(err, io.EOF) {
			if first {
				return fault.SourceRead, ErrEmpty
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
		p.pulse.beat()
	}
}
