package model

import (
	"math"

	"github.com/auscult/auscult/agent/detect"
)

// listener adds up what the frames of an observation sound like.
type listener struct {
	codeDB  float64
	powers  [256]uint64
	frames  int
	sum     []int64  // of code+128, by band
	squares []int64  // of (code+128)²
	power   []uint64 // see detect.Observation
	last    uint64   // power of the last frame, of all bands
}

func newListener(bands int, codeDB float64) *listener {
	return &listener{
		codeDB: codeDB, powers: detect.Powers(codeDB),
		sum: make([]int64, bands), squares: make([]int64, bands), power: make([]uint64, bands),
	}
}

func (l *listener) clear() {
	l.frames = 0
	clear(l.sum)
	clear(l.squares)
	clear(l.power)
}

// maxHeard bounds the sums of an observation whose frames are never scored: 2^22
// frames of 2^40 stay below 2^63.
const maxHeard = maxWindowFrames * maxPoolWindows

func (l *listener) frame(codes []int8) {
	if l.frames >= maxHeard {
		return
	}
	l.frames++
	l.last = 0
	for b, code := range codes[:len(l.sum)] {
		v := int(code) + 128
		l.sum[b] += int64(v)
		l.squares[b] += int64(v * v)
		l.power[b] += l.powers[v]
		l.last += l.powers[v]
	}
}

func (*listener) window([]byte) {}

func (l *listener) describe(o *detect.Observation, _ int) {
	n := int64(l.frames)
	o.Frames = l.frames
	copy(o.Power, l.power)
	for b, sum := range l.sum {
		o.MeanDB[b] = float64(float64(sum)/float64(n)) * l.codeDB
		// Integers, below 2^22 * 2^22 * 2^16: nothing cancels.
		variance := float64(n*l.squares[b]-sum*sum) / float64(n*n)
		o.DeviationDB[b] = math.Sqrt(variance) * l.codeDB
	}
}
