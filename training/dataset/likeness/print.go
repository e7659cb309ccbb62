package likeness

import (
	"math"
	"math/bits"
	"math/cmplx"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// heardS is how much of a recording a Listener hears, in seconds.
const heardS = 60

// envelopeS is the time of one bit of a fluctuation. Below lowestHz levels are left out: rumble
// is in them what the microphone's stand does.
const (
	envelopeS  = 0.004
	lowestHz   = 100
	minSamples = 16   // of a bit, at low rates
	maxBits    = 2048 // of a print, and half of it in a small one
	minBits    = 128  // that say something
)

// Marks: their window in samples, of which so many must differ from the one before, and how
// seldom they are: one in 1<<markShift windows, in small prints one in 1<<smallShift.
const (
	window     = 64
	lively     = window / 2
	markShift  = 13
	smallShift = 15
	maxMarks   = 4096 // of a print
	maxHeardCh = 8    // channels
)

// Print is what a Listener keeps of a recording. The zero value is like no other.
type Print struct {
	words []uint64 // marks, then the fluctuation
	marks int32    // of words
	n     int32    // bits of the fluctuation
}

// marked returns the marks.
func (p *Print) marked() []uint64 { return p.words[:p.marks] }

// bits returns the fluctuation's n bits.
func (p *Print) bits() []uint64 { return p.words[p.marks:] }

// Listener makes prints, one recording after the other.
type Listener struct {
	small    bool // marks are seldomer, and fluctuations shorter
	channels []gear
	heard    int // values of one channel
	limit    int
	marks    []uint64
	whole    uint64 // hash of all values heard
	changes  int
	last     int32

	high     highPass
	step     int // samples of a bit
	filled   int
	energy   float64
	envelope []float64
	whitener whitener
	set      []uint64
}

// NewListener returns a listener for one of so many recordings: of many the prints are smaller.
func NewListener(recordings int) *Listener {
	return &Listener{small: recordings > many}
}

// many is the number of recordings from which on prints are small.
const many = 16384

// Begin makes the listener ready for a recording.
func (l *Listener) Begin(rateHz, channels int) {
	l.channels = slices.Grow(l.channels[:0], channels)[:channels]
	for i := range l.channels {
		l.channels[i] = gear{marks: l.channels[i].marks[:0]}
	}
	l.heard, l.limit, l.whole, l.changes, l.last = 0, heardS*rateHz, 0xcbf29ce484222325, 0, 0
	l.step = max(int(math.Round(envelopeS*float64(rateHz))), minSamples)
	corner := min(lowestHz, float64(rateHz)/(2*minSamples))
	l.high = highPass{keep: math.Exp(-2 * math.Pi * corner / float64(rateHz))}
	l.filled, l.energy, l.envelope = 0, 0, l.envelope[:0]
}

// Write hears interleaved samples and says whether it wants more.
func (l *Listener) Write(pcm []int32) (more bool) {
	n := len(l.channels)
	shift := markShift
	if l.small {
		shift = smallShift
	}
	for ; len(pcm) >= n && l.heard < l.limit; pcm = pcm[n:] {
		for c, v := range pcm[:min(n, maxHeardCh)] {
			m := mix(v)
			l.whole = (l.whole ^ m) * 0x100000001b3
			g := &l.channels[c]
			g.hash = g.hash<<1 + m
			g.changed <<= 1
			if v != g.last {
				g.changed |= 1
				g.last = v
			}
			if g.hash>>(64-shift) == 0 {
				g.mark()
			}
		}
		if pcm[0] != l.last {
			l.last = pcm[0]
			l.changes++
		}
		l.level(pcm[0])
		l.heard++
	}
	return l.heard < l.limit
}

// level follows the first channel's.
func (l *Listener) level(v int32) {
	if n := len(l.envelope); n == maxBits || l.small && n == maxBits/2 {
		return
	}
	x := l.high.write(float64(v))
	l.energy += float64(x * x)
	if l.filled++; l.filled == l.step {
		// A level of 1 of 24 bits is as good as none.
		l.envelope = append(l.envelope, math.Log(l.energy+float64(l.step)*(1<<16)))
		l.filled, l.energy = 0, 0
	}
}

// Print returns what was heard since Begin.
func (l *Listener) Print() Print {
	l.marks = l.marks[:0]
	for i := range l.channels {
		l.marks = append(l.marks, l.channels[i].marks...)
	}
	if l.changes >= lively {
		l.marks = append(l.marks, l.whole^uint64(l.heard))
	}
	slices.Sort(l.marks)
	l.marks = slices.Compact(l.marks)
	p := Print{marks: int32(len(l.marks))}
	set, n := l.fluctuation()
	if n+len(l.marks) > 0 {
		p.words = append(append(make([]uint64, 0, len(l.marks)+len(set)), l.marks...), set...)
	}
	p.n = int32(n)
	return p
}

// fluctuation returns a bit for each of the envelope's values, valid until the next.
func (l *Listener) fluctuation() (set []uint64, n int) {
	n = len(l.envelope)
	if n < minBits || slices.Max(l.envelope)-slices.Min(l.envelope) < 1e-3 {
		return nil, 0
	}
	mean := 0.0
	for _, v := range l.envelope {
		mean += v / float64(n)
	}
	white, median := l.whitener.whiten(l.envelope, mean)
	l.set = slices.Grow(l.set[:0], (n+63)/64)[:(n+63)/64]
	clear(l.set)
	set = l.set
	for i, v := range white {
		if v > median {
			set[i/64] |= 1 << (i % 64)
		}
	}
	return set, n
}

// whitener makes all rates of a fluctuation equally strong.
type whitener struct {
	fft           *fourier.FFT // nil until it is needed
	padded, order []float64
	bins          []complex128
}

// whiten returns the white fluctuation, valid until the next, and its median.
func (w *whitener) whiten(envelope []float64, mean float64) (white []float64, median float64) {
	n := len(envelope)
	if w.fft == nil {
		w.fft = fourier.NewFFT(maxBits)
		w.padded, w.bins = make([]float64, maxBits), make([]complex128, maxBits/2+1)
	}
	clear(w.padded)
	for i, v := range envelope {
		w.padded[i] = (v - mean) * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)))
	}
	w.fft.Coefficients(w.bins, w.padded)
	for i, bin := range w.bins {
		if size := cmplx.Abs(bin); size > 0 {
			w.bins[i] = bin / complex(size, 0)
		}
	}
	w.bins[0] = 0
	white = w.fft.Sequence(w.padded, w.bins)[:n]
	w.order = append(w.order[:0], white...)
	slices.Sort(w.order)
	return white, w.order[n/2]
}

// highPass keeps out what is slow.
type highPass struct{ keep, in, out float64 }

func (h *highPass) write(x float64) float64 {
	h.out = float64(h.keep * (h.out + x - h.in))
	h.in = x
	return h.out
}

// gear hashes the last window samples of a channel: each shifts those before it out by a bit.
type gear struct {
	hash    uint64
	changed uint64 // a bit for each of the last 64 samples: whether it differs from the one before
	last    int32
	marks   []uint64
}

// mark keeps the present hash, unless the samples hardly change.
func (g *gear) mark() {
	if bits.OnesCount64(g.changed) >= lively && len(g.marks) < maxMarks {
		g.marks = append(g.marks, g.hash)
	}
}

// mix spreads a sample over 64 bits, as splitmix64 does.
func mix(v int32) uint64 {
	x := uint64(uint32(v)) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
