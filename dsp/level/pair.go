package level

// Pair compares two channels of one source: a stereo microphone of which both
// channels are one capsule, or a driver that copies one over the other, pretends
// to be two sensors.
type Pair struct {
	n, equal, opposite uint64
	first              int32 // of one channel
	moves              bool  // whether that channel has had another value since
}

// Write measures two channels, counted from 0, of interleaved samples. Nothing
// is allocated.
func (p *Pair) Write(pcm []int32, a, b, channels int) {
	for i := 0; i+channels <= len(pcm); i += channels {
		x, y := pcm[i+a], pcm[i+b]
		if p.n == 0 {
			p.first = x
		}
		p.n++
		p.moves = p.moves || x != p.first
		if x == y {
			p.equal++
		}
		if int64(x) == -int64(y) {
			p.opposite++
		}
	}
}

// Identical says whether each sample was the same in both channels, and not
// all had one value.
func (p *Pair) Identical() bool { return p.moves && p.equal == p.n }

// Inverted says whether each sample of a channel was the other's with the sign
// changed, and not all had one value.
func (p *Pair) Inverted() bool { return p.moves && p.opposite == p.n }
