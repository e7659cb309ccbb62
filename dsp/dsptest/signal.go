package dsptest

import (
	"fmt"

	"github.com/auscult/auscult/dsp/internal/exact"
)

// Component is one part of a signal.
type Component struct {
	// Kind is tone, square, noise (uniform), dc or impulses.
	Kind      string `json:"kind"`
	Amplitude int64  `json:"amplitude"`        // peak, Q31
	Step      uint64 `json:"step,omitempty"`   // tone, square: phase per sample
	Accel     uint64 `json:"accel,omitempty"`  // tone: step per sample, for sweeps
	Seed      uint64 `json:"seed,omitempty"`   // noise
	Period    int    `json:"period,omitempty"` // impulses: samples from one to the next
}

// Signal is a sum of components.
type Signal struct {
	Samples    int         `json:"samples"`
	Bits       int         `json:"bits"` // significant bits, 1 to 32
	Components []Component `json:"components"`
}

// PCM returns the signal's samples in Q31, limited to full scale and rounded
// to Bits bits, halves upwards.
func (s Signal) PCM() ([]int32, error) {
	if s.Bits < 1 || s.Bits > 32 || s.Samples < 0 {
		return nil, fmt.Errorf("dsptest: %d samples of %d bits", s.Samples, s.Bits)
	}
	sum := make([]int64, s.Samples)
	for _, c := range s.Components {
		if err := c.add(sum); err != nil {
			return nil, err
		}
	}
	drop := uint(32 - s.Bits)
	pcm := make([]int32, s.Samples)
	for i, v := range sum {
		v = (v + 1<<drop>>1) >> drop
		pcm[i] = int32(max(min(v, 1<<31>>drop-1), -1<<31>>drop) << drop)
	}
	return pcm, nil
}

// add adds the component to sum.
func (c Component) add(sum []int64) error {
	phase, step, state := uint64(0), c.Step, c.Seed
	for i := range sum {
		switch c.Kind {
		case "tone":
			sin, _ := exact.SinCos(phase)
			sum[i] += (exact.Round(sin, 31)*c.Amplitude + 1<<30) >> 31
			phase += step
			step += c.Accel
		case "square":
			if phase < 1<<63 {
				sum[i] += c.Amplitude
			} else {
				sum[i] -= c.Amplitude
			}
			phase += step
		case "noise":
			// Knuth's MMIX generator; its upper half is well mixed.
			state = state*6364136223846793005 + 1442695040888963407
			sum[i] += (int64(int32(state>>32))*c.Amplitude + 1<<30) >> 31
		case "dc":
			sum[i] += c.Amplitude
		case "impulses":
			if c.Period > 0 && i%c.Period == 0 {
				sum[i] += c.Amplitude
			}
		default:
			return fmt.Errorf("dsptest: unknown component %q", c.Kind)
		}
	}
	return nil
}
