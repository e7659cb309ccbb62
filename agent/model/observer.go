package model

import "github.com/auscult/auscult/agent/detect"

// observer adds up, from one score to the next, what an Observation says of something. What
// detectors shall look at besides gets an observer of its own, in observers.
type observer interface {
	// frame hears each frame of codes as it comes: those of the bands, and of motion behind them.
	frame(codes []int8)
	// window sees each window after its inference: what went in, as the input tensor has it.
	window(cells []byte)
	// describe writes what was added up, over so many windows.
	describe(o *detect.Observation, windows int)
	clear()
}

// observers returns those of a model.
func observers(s *Settings, t *tensors) []observer {
	heard := newListener(s.Profile.Bands, s.codeDB())
	all := []observer{heard}
	if s.Profile.Motion {
		all = append(all, newRhythm(s, heard))
	}
	for output, role := range t.roles {
		if role == Reconstruction {
			all = append(all, newResidual(s, t, output))
		} else {
			all = append(all, &features{tensors: t, role: role, output: output, sums: make([]int64, t.size(output))})
		}
	}
	return all
}

// features adds up the values of an output other than the reconstruction.
type features struct {
	tensors *tensors
	role    Role
	output  int
	sums    []int64
}

func (*features) frame([]int8) {}

func (f *features) window([]byte) { f.tensors.addFeatures(f.sums, f.output) }

func (f *features) clear() { clear(f.sums) }

func (f *features) describe(o *detect.Observation, windows int) {
	if f.role == Embedding {
		for i, sum := range f.sums {
			o.Embedding[i] = f.tensors.feature(sum, f.output, windows)
		}
		return
	}
	o.Divergence = 0
	for _, sum := range f.sums {
		o.Divergence += f.tensors.feature(sum, f.output, windows)
	}
}
