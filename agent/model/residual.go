package model

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
)

// residualOne is one code in the residual's Q8 format.
const residualOne = 1 << 8

// residual adds up how far windows are from what the model restores of them.
type residual struct {
	output   []byte // the reconstruction
	isFloat  bool
	restored [256]int32 // code that an output byte stands for, Q8, by byte value
	frames   int
	bandStep int      // cells from one band to the next
	step     int      // cells from one frame to the next
	sums     []uint64 // squared residuals by band, Q16 codes²
	codeDB   float64
	decibels dsp.Decibels
}

func newResidual(s *Settings, t *tensors, output int) *residual {
	r := &residual{
		output: t.it.OutputBytes(output), isFloat: t.isFloat,
		frames: s.Window.Frames, bandStep: 1, step: s.Profile.Bands,
		sums: make([]uint64, s.Profile.Bands), codeDB: s.codeDB(), decibels: dsp.NewDecibels(),
	}
	if s.Window.Layout == BandMajor {
		r.bandStep, r.step = s.Window.Frames, 1
	}
	for i := range r.restored {
		steps := float64(int(int8(i)) - t.outputs[output].ZeroPoint)
		value := float64(steps * float64(t.outputs[output].Scale)) // 0 to 1 over the profile's range
		r.restored[i] = toQ8(float64(value*255) - 128)
	}
	return r
}

// toQ8 rounds a code to Q8, within what a code can be: what lies beyond, by a
// hostile output scale, saturates. So a residual stays below 2^16 and its
// square below 2^32.
func toQ8(code float64) int32 {
	return int32(math.RoundToEven(max(math.MinInt16, min(math.MaxInt16, float64(code*residualOne)))))
}

func (*residual) frame([]int8) {}

func (r *residual) clear() { clear(r.sums) }

func (r *residual) window(cells []byte) {
	for b := range r.sums {
		var sum uint64
		at := b * r.bandStep
		for range r.frames {
			d := int64(int32(int8(cells[at]))*residualOne - r.restoredAt(at))
			sum += uint64(d * d)
			at += r.step
		}
		r.sums[b] += sum
	}
}

// restoredAt returns what the model made of a cell, Q8.
func (r *residual) restoredAt(cell int) int32 {
	if r.isFloat {
		value := float64(math.Float32frombits(binary.LittleEndian.Uint32(r.output[4*cell:])))
		if math.IsNaN(value) {
			return math.MaxInt16 // not like sound that was restored
		}
		return toQ8(float64(value*255) - 128)
	}
	return r.restored[r.output[cell]]
}

func (r *residual) describe(o *detect.Observation, windows int) {
	cells := uint64(r.frames * windows)
	one := r.decibels.Of(cells * residualOne * residualOne) // a residual of one code everywhere
	perUnit := float64(r.codeDB*r.codeDB) / float64(residualOne*residualOne)
	for b, sum := range r.sums {
		o.ResidualDB[b] = max(r.decibels.Of(sum)-one, 0).Float64()
		mean := float64(sum) / float64(cells)
		o.SquaredResidual[b] = float64(mean * perUnit)
	}
}
