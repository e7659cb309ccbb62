package sim

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/pace"
)

// The healthy pump's parts, in dB re the sum of their powers.
const (
	shaft1DB  = -6.0
	shaft2DB  = -11.0
	shaft3DB  = -15.0
	vane1DB   = -5.0
	vane2DB   = -12.0
	flowDB    = -6.5
	knockDB   = -20.0
	sensorDB  = -40.0 // each further channel's own noise
	channelDB = -1.5  // from one channel to the next

	bearingOrder = 3.58 // knocks a turn
)

// Pump is an hw.Source.
type Pump struct {
	options Options
	pace    *pace.Pacer
	end     uint64 // sample times; math.MaxUint64 when endless
	next    uint64
	faults  []fault

	sines  *sineTable
	random generator
	tones  []tone
	flow   lowPass
	flowA  amplitude
	knocks knocks
	gains  []amplitude // per channel
	own    amplitude   // noise of each further channel
}

// fault is a Fault in samples, with what it sounds of.
type fault struct {
	kind     Kind
	from, to uint64
	tone     tone
	knocks   knocks
	high     lowPass // what it lets through is taken away
	amp      amplitude
	burst    int64 // samples until the burst or the pause ends
	inBurst  bool
}

// New returns a pump. Zero options get Default's values.
func New(o Options) (*Pump, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	o.Faults = append([]Fault(nil), o.Faults...)
	rate := o.SampleRateHz
	// The parts' powers do not sum to 1 exactly: bring them there.
	var power float64
	for _, db := range []float64{shaft1DB, shaft2DB, shaft3DB, vane1DB, vane2DB, flowDB, knockDB} {
		power += math.Exp(db / 10 * math.Ln10)
	}
	top := o.LevelDBFS - 10*math.Log10(power)
	vane := o.ShaftHz * float64(o.Vanes)
	p := &Pump{
		options: o,
		pace:    pace.New(rate, o.Paced, o.Now),
		end:     math.MaxUint64,
		sines:   newSineTable(),
		random:  generator(o.Seed),
		tones: []tone{
			newTone(o.ShaftHz, rate, top+shaft1DB),
			newTone(2*o.ShaftHz, rate, top+shaft2DB),
			newTone(3*o.ShaftHz, rate, top+shaft3DB),
			newTone(vane, rate, top+vane1DB),
			newTone(2*vane, rate, top+vane2DB),
		},
		knocks: newKnocks(o.ShaftHz, 0.002, float64(rate)/10, rate, top+knockDB),
		own:    level(o.LevelDBFS+sensorDB, 1.0/3),
	}
	if o.Duration > 0 {
		p.end = samples(o.Duration, rate)
	}
	var flowPower float64
	p.flow, flowPower = newLowPass(float64(rate)/20, rate)
	p.flowA = level(top+flowDB, flowPower/3)
	for c := range o.Channels {
		p.gains = append(p.gains, level(channelDB*float64(c), 1))
	}
	for _, f := range o.Faults {
		p.faults = append(p.faults, newFault(f, o))
	}
	return p, nil
}

// newFault prepares a fault.
func newFault(f Fault, o Options) fault {
	rate := o.SampleRateHz
	dbfs := o.LevelDBFS + f.LevelDB
	out := fault{kind: f.Kind, from: samples(f.At, rate), to: math.MaxUint64}
	if f.For > 0 {
		out.to = out.from + samples(f.For, rate)
	}
	switch f.Kind {
	case Imbalance:
		out.tone = newTone(o.ShaftHz, rate, dbfs)
	case Bearing:
		out.knocks = newKnocks(o.ShaftHz*bearingOrder, 0.01, float64(rate)/5, rate, dbfs)
	case Cavitation:
		// Noise less its low-passed part: of white noise of mean square 1 there
		// remains (1-a)^2 * 2/(2-a), with a the filter's coefficient.
		low, _ := newLowPass(float64(rate)/8, rate)
		a := float64(low.a) / (1 << 16)
		out.high = low
		out.amp = level(dbfs, (1-a)*(1-a)*2/(2-a)/3)
	}
	return out
}

// samples returns how many samples fit into d.
func samples(d time.Duration, rate int) uint64 {
	return uint64(d/time.Second)*uint64(rate) + uint64(d%time.Second)*uint64(rate)/uint64(time.Second)
}

// String names the source.
func (p *Pump) String() string {
	return fmt.Sprintf("sim pump %g Hz, seed %d", p.options.ShaftHz, p.options.Seed)
}

// Format returns what the blocks hold.
func (p *Pump) Format() hw.Format {
	o := &p.options
	return hw.Format{SampleRateHz: o.SampleRateHz, Channels: o.Channels, BitsPerSample: o.BitsPerSample}
}

// Halt makes Read return hw.ErrHalted.
func (p *Pump) Halt() error {
	return p.pace.Halt(func() error { return nil })
}

// Read fills b, see hw.Source. It fills all of b unless the pump ends or
// samples are lost.
func (p *Pump) Read(ctx context.Context, b *hw.Block) error {
	if err := p.pace.Stopped(ctx); err != nil {
		return err
	}
	channels := p.options.Channels
	want := uint64(cap(b.PCM) / channels)
	if want == 0 {
		return fmt.Errorf("sim: block of %d values: %d channels need at least as many", cap(b.PCM), channels)
	}
	first := min(p.afterLoss(), p.end)
	if first == p.end {
		if err := p.pace.Wait(ctx, p.end); err != nil {
			return err
		}
		return io.EOF
	}
	n := min(want, p.end-first, p.untilLoss(first))
	if err := p.pace.Wait(ctx, first+n); err != nil {
		return err
	}
	lost := first - p.next
	pcm := b.PCM[:int(n)*channels]
	for p.next < first {
		p.sample()
	}
	for i := 0; i < len(pcm); i += channels {
		p.listen(pcm[i : i+channels])
	}
	b.PCM = pcm
	b.FirstSample = first
	b.Lost = lost
	b.Time = p.pace.Time(first)
	return nil
}

// afterLoss returns the next sample that is not lost.
func (p *Pump) afterLoss() uint64 {
	period := uint64(p.options.SampleRateHz) / 10
	next := p.next
	for moved := true; moved; {
		moved = false
		for i := range p.faults {
			f := &p.faults[i]
			if f.kind != LostSamples || next < f.from || next >= f.to {
				continue
			}
			if into := (next - f.from) % period; into < period/10 {
				next = min(next-into+period/10, f.to)
				moved = true
			}
		}
		moved = moved && next < p.end
	}
	return next
}

// untilLoss returns how many samples from first on come before one is lost.
func (p *Pump) untilLoss(first uint64) uint64 {
	n := uint64(math.MaxUint64) - first
	for i := range p.faults {
		f := &p.faults[i]
		if f.kind != LostSamples || first >= f.to {
			continue
		}
		period := uint64(p.options.SampleRateHz) / 10
		start := f.from // of the next loss
		if first >= f.from {
			start = first - (first-f.from)%period + period
		}
		if start < f.to {
			n = min(n, start-first)
		}
	}
	return n
}

// listen computes the next sample time of all channels.
func (p *Pump) listen(out []int32) {
	drop := 32 - p.options.BitsPerSample
	half := int64(1) << drop >> 1
	dead := p.on(DeadSensor)
	pump := p.sample()
	for c := range out {
		// Products stay below 2^63: the pump below 2^39, gains at most 2^31,
		// after a shift.
		v := pump >> 8 * int64(p.gains[c]) >> 23
		if c > 0 {
			v += p.random.next() * int64(p.own) >> 31
		}
		v = max(min((v+half)>>drop, math.MaxInt32>>drop), math.MinInt32>>drop)
		if dead {
			v = 0
		}
		out[c] = int32(v << drop)
	}
}

// on reports whether a fault of the given kind is on at the next sample.
func (p *Pump) on(kind Kind) bool {
	for i := range p.faults {
		if f := &p.faults[i]; f.kind == kind && p.next >= f.from && p.next < f.to {
			return true
		}
	}
	return false
}

// sample computes the pump's next value in Q31, not limited, and advances.
func (p *Pump) sample() int64 {
	var v int64
	for i := range p.tones {
		v += p.tones[i].next(p.sines)
	}
	v += p.flow.next(p.random.next()) * int64(p.flowA) >> 31
	v += p.knocks.next(&p.random, true)
	for i := range p.faults {
		f := &p.faults[i]
		on := p.next >= f.from && p.next < f.to
		switch f.kind {
		case Imbalance:
			if on {
				v += f.tone.next(p.sines)
			}
		case Bearing:
			v += f.knocks.next(&p.random, on)
		case Cavitation:
			if on {
				v += f.hiss(&p.random, p.options.SampleRateHz)
			}
		case DeadSensor, LostSamples: // nothing that sounds
		}
	}
	p.next++
	return v
}

// hiss returns the next value of bursts of 5 to 20 ms with pauses of up to 40 ms.
func (f *fault) hiss(g *generator, rate int) int64 {
	if f.burst <= 0 {
		f.inBurst = !f.inBurst
		longest := int64(rate) / 25
		if f.inBurst {
			longest = int64(rate) * 3 / 200
			f.burst = int64(rate) / 200
		}
		f.burst += 1 + g.below(longest)
	}
	f.burst--
	x := g.next()
	x -= f.high.next(x)
	if !f.inBurst {
		return 0
	}
	return x * int64(f.amp) >> 31
}
