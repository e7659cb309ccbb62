package pipeline

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// fit prepares for blocks of an open source.
func (p *Pipeline) fit(src hw.Source) error {
	if err := p.checkLearned(src); err != nil {
		return err
	}
	f := src.Format()
	if err := p.front.fit(f, model.Scale(hw.OriginOf(src))); err != nil {
		return err
	}
	if n := p.front.blockValues(); cap(p.block.PCM) != n {
		p.block.PCM = make([]int32, n)
	}
	p.next, p.settled = 0, 0
	p.watch = level.NewWatch(f.SampleRateHz)
	p.broken()
	return p.attend(f)
}

// gap makes the next sample the first after some that were not heard.
func (p *Pipeline) gap() {
	p.front.stream.Gap()
	p.broken()
}

// broken makes the next frame the start of something new.
func (p *Pipeline) broken() {
	p.c.Scorer.Reset()
	p.decider.Reset()
}

// take works on one block.
func (p *Pipeline) take(b *hw.Block) error {
	n, err := p.front.times(b.PCM)
	if err != nil {
		return err
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
	if b.FirstSample < p.settled {
		return nil
	}
	p.watch.WriteChannel(b.PCM, p.c.Channel, p.front.channels)
	if p.conditionsKnown() {
		if p.monitor != nil {
			p.monitor.Block(b.PCM, p.front.channels)
		}
		p.front.hear(b.PCM)
		p.stats.dead.Store(p.front.stream.LeftOut())
	}
	return nil
}

// conditionsKnown passes the operating conditions on and reports whether they are known. What
// is heard without them is left out, as if it had been lost.
func (p *Pipeline) conditionsKnown() bool {
	if p.c.Conditions == nil {
		return true
	}
	values, err := p.c.Conditions()
	unknown, beyond := err, error(nil)
	if errors.Is(err, ErrUnfit) {
		unknown, beyond = nil, err
	}
	changed := p.unknown.tell(p, fault.Condition, unknown)
	if p.beyond.tell(p, fault.ConditionRange, beyond) || changed {
		p.gap()
	}
	if err != nil {
		return false
	}
	p.c.Scorer.SetConditions(values)
	return true
}

// levels works on the levels of a frame of the front end.
func (p *Pipeline) levels(levels []dsp.DB) {
	if p.monitor != nil {
		p.monitor.Frame(levels)
	}
}

// frame works on its codes.
func (p *Pipeline) frame(codes []int8) {
	end := p.front.stream.FrameEnd()
	p.stats.frames.Add(1)
	if p.held {
		return
	}
	score, ok := p.c.Scorer.Push(codes)
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
