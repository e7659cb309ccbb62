package pipeline

import (
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/dsp"
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
	p.c.Sink.Fault(p.c.Source, fault.SourceBands, doubt(p.c.Learned.RateDoubt(src.Format().SampleRateHz)))
	p.c.Sink.Fault(p.c.Source, fault.SourceScale, doubt(p.c.Learned.ScaleDoubt(origin)))
	p.c.Sink.Fault(p.c.Source, fault.SourceOther, doubt(p.c.Learned.OtherSensor(origin)))
	p.checkMixer(origin)
	return nil
}

// checkMixer looks whether somebody has turned a knob of a card.
func (p *Pipeline) checkMixer(o hw.Origin) {
	p.mixer, p.turned = o.Mixer, doubt(p.c.Learned.GainDoubt(o))
}

// attend makes what watches how the sensor gives sound, for blocks of a format.
func (p *Pipeline) attend(f hw.Format) (err error) {
	p.monitor = nil
	if p.c.Learned == nil {
		return nil
	}
	p.monitor, err = health.New(p.c.Learned.Heard(), p.c.Profile, dsp.Input{
		SampleRateHz: f.SampleRateHz, Channels: f.Channels, Channel: p.c.Channel, Scale: p.front.scale,
	})
	return err
}

// checkHeard passes on what the sensor has by how it gives sound, or by its mixer, and whether anything
// is judged meanwhile. Where all is louder it is: a machine may be that too.
func (p *Pipeline) checkHeard(rate error) {
	ill, text := p.monitor.Ill()
	if ill != p.has {
		p.has, p.why = ill, doubt(text)
	}
	var gain, noise, swapped error
	switch ill {
	case health.Quieter, health.Louder:
		gain = p.why
	case health.Noise:
		noise = p.why
	case health.Swapped:
		swapped = p.why
	}
	if p.turned != nil {
		gain = p.turned
	}
	p.gain.tell(p, fault.SourceGain, gain)
	p.noise.tell(p, fault.SourceNoise, noise)
	p.swapped.tell(p, fault.SourceSwapped, swapped)
	p.hold(rate != nil || p.turned != nil || ill != health.Well && ill != health.Louder)
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

// doubt returns a text as an error, "" as none.
func doubt(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
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
			p.checkMixer(o)
		}
	}
	p.ill.tell(p, fault.SourceSilent, silent)
	p.pitch.tell(p, fault.SourceRate, rate)
	p.clips.tell(p, fault.SourceClips, clips)
	p.checkHeard(rate)
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
