package pipeline

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// healthy is a source that can tell while it is open that something is wrong
// with one of its channels.
type healthy interface {
	Health(channel int) error // nil when nothing is
}

// checkLearned passes on what a source is otherwise than when the model learned. An error is that
// it is something else.
func (p *Pipeline) checkLearned(src hw.Source) error {
	if p.c.Learned == nil {
		return nil
	}
	origin := hw.OriginOf(src)
	if err := p.c.Learned.CheckUnit(origin); err != nil {
		return err
	}
	p.doubt(fault.SourceBands, p.c.Learned.RateDoubt(src.Format().SampleRateHz))
	p.doubt(fault.SourceScale, p.c.Learned.ScaleDoubt(origin))
	p.doubt(fault.SourceOther, p.c.Learned.OtherSensor(origin))
	p.checkGain(origin)
	return nil
}

// checkGain passes on what of a mixer is otherwise than when the model learned.
func (p *Pipeline) checkGain(o hw.Origin) {
	p.mixer = o.Mixer
	var err error
	if text := p.c.Learned.GainDoubt(o); text != "" {
		err = errors.New(text)
	}
	p.gain.tell(p, fault.SourceGain, err)
	p.hold(err != nil)
}

// hold has nothing judged while the sensor is at fault. What was going on ends with that.
func (p *Pipeline) hold(on bool) {
	if on == p.held {
		return
	}
	if p.held = on; on {
		p.finish(decide.SensorFault)
	}
	p.broken()
}

// doubt passes on a text, "" for none.
func (p *Pipeline) doubt(code fault.Code, text string) {
	var err error
	if text != "" {
		err = errors.New(text)
	}
	p.c.Sink.Fault(p.c.Source, code, err)
}

// deadShown is from when on a dead stretch is a fault: some sensors give a value twice, and
// some cards begin with zeros.
const deadShown = 2 * time.Second

// settling is a source whose first samples are its own, not the machine's: the pop of a
// microphone that was switched on.
type settling interface {
	Settles() time.Duration
}

// checkHealth passes on what is wrong with the channel that is listened to, when it changes:
// what the source says of it, or what is seen in its samples. What is wrong with a channel that
// nobody listens to is nobody's fault.
func (p *Pipeline) checkHealth(src hw.Source) {
	var silent, rate, clips error
	if h, ok := src.(healthy); ok {
		silent = h.Health(p.c.Channel)
	}
	if errors.Is(silent, hw.ErrRate) {
		silent, rate = nil, silent
	}
	if silent == nil && p.front.dead() >= deadShown {
		silent = fmt.Errorf("channel %d has given the same value for more than %v: nothing is judged until it gives another",
			p.c.Channel, deadShown)
	}
	if p.watch.Clips() {
		clips = errClips
	}
	if p.c.Learned != nil {
		if o := hw.OriginOf(src); o.Mixer != p.mixer {
			p.checkGain(o)
		}
	}
	p.ill.tell(p, fault.SourceSilent, silent)
	p.pitch.tell(p, fault.SourceRate, rate)
	p.clips.tell(p, fault.SourceClips, clips)
}

// errClips says that what the sensor gives is cut off.
var errClips = fmt.Errorf("for %d s at least %g %% of the samples have been at the end of the range",
	level.ClippedSeconds, 100*level.ClippedShare)

// told is what was last said of something; empty: it is well.
type told string

// tell says what is wrong, nil for nothing, when that has changed, and reports whether it has.
func (t *told) tell(p *Pipeline, code fault.Code, err error) bool {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == string(*t) {
		return false
	}
	*t = told(text)
	p.c.Sink.Fault(p.c.Source, code, err)
	return true
}

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
	return nil
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

// frame works on one frame of the front end.
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
