package level

import "math"

const (
	// ClippedSeconds is how many seconds in a row must clip.
	ClippedSeconds = 10
	// ClippedShare is the share of its samples with which a second does.
	ClippedShare = 0.01
	// flat is how many samples in a row at the top or bottom of a second are a flat one.
	flat = 3
	// loud is the magnitude below which a flat top is nothing but a coarse converter.
	loud = 1 << 28
)

// Watch watches a channel for as long as it is open: does it clip? It finds a converter's end
// by itself, whatever its width is said to be, and flat tops below it.
type Watch struct {
	second  uint64 // samples
	last    int32
	n       uint64 // in this second
	low     int32  // of this second, and how many samples were there, in a row at most
	high    int32
	atLow   tops
	atHigh  tops
	clipped int // seconds in a row
}

// tops counts samples at an end.
type tops struct{ all, run, longest uint64 }

func (t *tops) add(follows bool) {
	if !follows {
		t.run = 0
	}
	t.run++
	t.all++
	t.longest = max(t.longest, t.run)
}

// NewWatch returns a Watch of samples at a rate.
func NewWatch(sampleRateHz int) *Watch {
	w := &Watch{second: uint64(max(sampleRateHz, 1))}
	w.begin()
	return w
}

// begin begins a second.
func (w *Watch) begin() {
	w.n, w.low, w.high, w.atLow, w.atHigh = 0, math.MaxInt32, math.MinInt32, tops{}, tops{}
}

// WriteChannel watches one channel, counted from 0, of interleaved samples. It does not
// allocate.
func (w *Watch) WriteChannel(pcm []int32, channel, channels int) {
	for i := channel; i < len(pcm); i += channels {
		x := pcm[i]
		same := x == w.last
		w.last = x
		if x > w.high {
			w.high, w.atHigh = x, tops{}
		}
		if x < w.low {
			w.low, w.atLow = x, tops{}
		}
		if x == w.high {
			w.atHigh.add(same)
		}
		if x == w.low {
			w.atLow.add(same)
		}
		if w.n++; w.n == w.second {
			w.end()
		}
	}
}

// end judges a second.
func (w *Watch) end() {
	var at uint64
	if w.high >= loud && w.atHigh.longest >= flat {
		at += w.atHigh.all
	}
	if w.low <= -loud && w.atLow.longest >= flat {
		at += w.atLow.all
	}
	// One value all the time is no clipping.
	if w.low < w.high && float64(at) >= ClippedShare*float64(w.n) {
		w.clipped++
	} else {
		w.clipped = 0
	}
	w.begin()
}

// Clips reports whether at least ClippedShare of the samples of each of the last ClippedSeconds
// were at the end of the range.
func (w *Watch) Clips() bool { return w.clipped >= ClippedSeconds }
