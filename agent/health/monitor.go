package health

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/dsp"
)

// Ill is what a sensor has.
type Ill string

// What a sensor can have.
const (
	Well    Ill = ""
	Quieter Ill = "quieter" // all bands alike
	Louder  Ill = "louder"  // likewise
	Noise   Ill = "noise"   // it hears white noise alone
	Swapped Ill = "swapped" // another channel has what this one had
)

// Limits.
const (
	// leastMarginDB is how far beyond all levels of normal sound a level must be, at least, and
	// mostMarginDB where its shape varies, and so does what is a level.
	leastMarginDB, mostMarginDB = 3.0, 5.0
	// alikeShare is how much of the spread of normal sound a shape may differ to be as it was, and
	// alikeDB a little more.
	alikeShare, alikeDB = 1.05, 0.2
	// whiteDB is how far from white noise is white, colouredDB how far what was learned must be.
	whiteDB, colouredDB = 0.8, 2.0
	// swapDB is how much nearer to what was learned another channel must be.
	swapDB = 1.5
	// told and taken are how many stretches in a row say that something is so, or is no more.
	told, taken = 3, 2
	// mostOthers bounds how many channels beside are looked at.
	mostOthers = 7
	// glanceS is how long they are, of each stretch.
	glanceS = 1.2
)

// Monitor watches one channel of a source.
type Monitor struct {
	l       *Learned
	channel int
	usable  []int
	margin  float64
	scratch []float64
	white   []float64 // levels of white noise, by band
	color   float64   // how far what was learned is from them

	sums   []int64 // of levels
	frames int
	others []*other

	ill     Ill // as told
	text    string
	suspect Ill // by the last stretches
	run     int
}

// verdict is what a stretch says.
type verdict struct {
	is      Ill
	levelDB float64 // relative to what was learned
	beside  int     // the channel that sounds as was learned
}

// other is a channel beside.
type other struct {
	channel int
	stream  *dsp.Stream
	sums    []int64
	frames  int
	left    int // samples to listen to, of this stretch
	from    int // as many
}

// Frame is dsp.Sink's.
func (o *other) Frame(levels []dsp.DB) {
	for b, v := range levels {
		o.sums[b] += int64(v)
	}
	o.frames++
}

// Break is dsp.Sink's: a mean knows no order.
func (*other) Break() {}

// New returns a Monitor of a channel of a source, as in describes it; nil where nothing was learned.
func New(l *Learned, p dsp.Profile, in dsp.Input) (*Monitor, error) {
	if l == nil {
		return nil, nil
	}
	p.Motion = false // a sensor that is ill is told by its levels
	m := &Monitor{l: l, channel: in.Channel, usable: l.usable(p), sums: make([]int64, p.Bands)}
	if len(m.usable) < leastBands {
		return nil, nil
	}
	m.scratch = make([]float64, len(m.usable))
	m.margin = min(leastMarginDB+l.SpreadDB, mostMarginDB)
	var err error
	if m.white, err = white(p); err != nil {
		return nil, err
	}
	learned := func(b int) float64 { return float64(l.BandsDB[b]) }
	m.color = compare(learned, m.white, m.usable, m.scratch).shapeDB
	for ch := 0; ch < in.Channels && len(m.others) < mostOthers; ch++ {
		if ch == in.Channel {
			continue
		}
		beside := in
		beside.Channel = ch
		stream, err := dsp.NewStream(p, beside)
		if err != nil {
			return nil, err
		}
		glance := max(int(glanceS*float64(in.SampleRateHz)), 4*p.FrameLength*in.SampleRateHz/p.SampleRateHz)
		m.others = append(m.others, &other{
			channel: ch, stream: stream, sums: make([]int64, p.Bands), left: glance, from: glance,
		})
	}
	return m, nil
}

// white returns the levels of white noise, relative to their mean.
func white(p dsp.Profile) ([]float64, error) {
	front, err := dsp.NewFrontEnd(p)
	if err != nil {
		return nil, err
	}
	const frames = 100
	rng := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int32, p.FrameLength+(frames-1)*p.HopLength)
	for i := range pcm {
		pcm[i] = int32(rng.Uint32()) >> 4
	}
	levels := make([]float64, p.Bands)
	mean := 0.0
	front.Write(pcm, func(frame []dsp.DB) {
		for b, v := range frame {
			levels[b] += v.Float64() / frames
			mean += v.Float64() / frames / float64(len(frame))
		}
	})
	for b := range levels {
		levels[b] -= mean
	}
	return levels, nil
}

// Block takes samples of all channels, interleaved, for the channels beside.
func (m *Monitor) Block(pcm []int32, channels int) {
	for _, o := range m.others {
		if o.left > 0 {
			o.stream.Write(pcm, o)
			o.left -= len(pcm) / channels
		}
	}
}

// Frame takes the levels of a frame of the channel.
func (m *Monitor) Frame(levels []dsp.DB) {
	for b, v := range levels {
		m.sums[b] += int64(v)
	}
	if m.frames++; m.frames < m.l.Frames {
		return
	}
	m.judge()
	m.frames = 0
	clear(m.sums)
	for _, o := range m.others {
		o.stream.Gap()
		o.left, o.frames = o.from, 0
		clear(o.sums)
	}
}

// level returns the mean level of a band.
func level(sums []int64, frames, b int) float64 {
	return float64(sums[b]) / float64(frames) * dsp.DB(1).Float64()
}

// judge judges a stretch.
func (m *Monitor) judge() {
	now := m.verdict()
	if now.is != m.suspect {
		m.suspect, m.run = now.is, 0
	}
	m.run++
	limit := told
	if now.is == Well {
		limit = taken
	}
	if m.run >= limit && m.ill != now.is {
		m.ill, m.text = now.is, m.says(now)
	}
}

func (m *Monitor) verdict() verdict {
	own := func(b int) float64 { return level(m.sums, m.frames, b) }
	d := compare(own, m.l.BandsDB, m.usable, m.scratch)
	v := verdict{levelDB: d.levelDB}
	switch {
	case m.isWhite(d, own):
		v.is = Noise
	case m.isGain(d) && d.levelDB < 0:
		v.is = Quieter
	case m.isGain(d):
		v.is = Louder
	default:
		if o := m.swapped(d); o != nil {
			v.is, v.beside = Swapped, o.channel
		}
	}
	return v
}

// isBeyond reports whether a level is one that normal sound never had.
func (m *Monitor) isBeyond(d distance) bool {
	return d.levelDB < m.l.LowDB-m.margin || d.levelDB > m.l.HighDB+m.margin
}

// isGain reports whether a stretch is louder or quieter than all normal sound, in all bands alike.
func (m *Monitor) isGain(d distance) bool {
	return m.isBeyond(d) && d.shapeDB <= alikeShare*m.l.SpreadDB+alikeDB
}

// isWhite reports whether a stretch is white noise, which normal sound was not.
func (m *Monitor) isWhite(d distance, own func(int) float64) bool {
	l := m.l
	return (m.isBeyond(d) || d.shapeDB > 2*l.SpreadDB+2) && m.color >= colouredDB &&
		compare(own, m.white, m.usable, m.scratch).shapeDB <= whiteDB
}

// swapped returns the channel beside that sounds as was learned, where this one does not.
func (m *Monitor) swapped(d distance) *other {
	l := m.l
	if d.shapeDB <= 1.25*l.SpreadDB+1 {
		return nil
	}
	for _, o := range m.others {
		if o.frames < 4 {
			continue
		}
		there := func(b int) float64 { return level(o.sums, o.frames, b) }
		beside := compare(there, l.BandsDB, m.usable, m.scratch)
		if beside.shapeDB <= 1.25*l.SpreadDB+0.5 && beside.shapeDB+max(swapDB, l.SpreadDB) <= d.shapeDB &&
			!m.isBeyond(beside) {
			return o
		}
	}
	return nil
}

// says says in a line what is wrong.
func (m *Monitor) says(v verdict) string {
	by, way := math.Abs(v.levelDB), "louder"
	if v.levelDB < 0 {
		way = "quieter"
	}
	switch v.is {
	case Quieter, Louder:
		return fmt.Sprintf("all bands are %.0f dB %s than what was learned, more than normal sound ever was, and alike: "+
			"the gain has changed, or what lies between sensor and machine", by, way)
	case Noise:
		return fmt.Sprintf("white noise alone is heard, %.0f dB %s than what was learned: the sensor is off its machine or "+
			"its wires, or the machine stands still in a silent room", by, way)
	case Swapped:
		return fmt.Sprintf("channel %d does not sound as was learned, and channel %d does: have they changed places?",
			m.channel, v.beside)
	}
	return ""
}

// Ill returns what the sensor has, and why in a line.
func (m *Monitor) Ill() (Ill, string) {
	if m == nil {
		return Well, ""
	}
	return m.ill, m.text
}
