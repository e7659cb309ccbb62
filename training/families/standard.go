package families

import (
	"math"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
)

// Standardise names what is done to the cells before the first layer, and undone
// after the last.
type Standardise uint8

// Standardisations.
const (
	Nothing Standardise = iota // cells from 0 to 1
	Scalar                     // less the mean of all cells, by their deviation
	PerBand                    // less the band's mean, by one deviation for all
)

// standard holds what standardises one window.
type standard struct {
	mean      []float64 // per cell of a window
	deviation float64
}

// standardised are windows as the layers see them.
type standardised struct {
	dataset.NormalWindows
	s standard
}

// Sample writes standardised window i to dst.
func (w standardised) Sample(i int, dst []float32) {
	w.NormalWindows.Sample(i, dst)
	if w.s.mean == nil {
		return
	}
	inv := float32(1 / w.s.deviation)
	for j, m := range w.s.mean {
		dst[j] = (dst[j] - float32(m)) * inv
	}
}

// newStandard measures the windows. Only the dense family standardises, so a
// window is frame after frame here.
func newStandard(d Description, windows dataset.NormalWindows) standard {
	if d.Standardise == Nothing || windows.Len() == 0 {
		return standard{deviation: 1}
	}
	size := windows.Size()
	sum, squares := make([]float64, d.Bands), make([]float64, d.Bands)
	codes := make([]int8, size)
	for i := range windows.Len() {
		windows.Codes(i, codes)
		for j, code := range codes {
			v := float64(int(code)+128) / 255
			sum[j%d.Bands] += v
			squares[j%d.Bands] += float64(v * v)
		}
	}
	perBand := float64(windows.Len() * d.Window.Frames)
	s := standard{mean: make([]float64, size)}
	all, variance := 0.0, 0.0
	for b := range sum {
		sum[b] /= perBand
		all += sum[b] / float64(d.Bands)
	}
	for b := range sum {
		centre := sum[b]
		if d.Standardise == Scalar {
			centre = all
		}
		variance += (squares[b]/perBand - 2*centre*sum[b] + centre*centre) / float64(d.Bands)
		for f := range d.Window.Frames {
			s.mean[f*d.Bands+b] = centre
		}
	}
	// Windows all alike have nothing to divide by; a code is 1/255.
	s.deviation = max(math.Sqrt(max(variance, 0)), 1.0/255)
	return s
}

// foldInto puts the standardisation into the first and the last layer of a
// folded network, which are dense.
func (s standard) foldInto(n *network.Network) {
	first := n.Weights(0)
	out := len(first.Bias)
	offset := make([]float64, out)
	for i, m := range s.mean {
		for o, w := range first.W[i*out : (i+1)*out] {
			scaled := float64(w) / s.deviation
			offset[o] += float64(m * scaled)
			first.W[i*out+o] = float32(scaled)
		}
	}
	for o := range offset {
		first.Bias[o] = float32(float64(first.Bias[o]) - offset[o])
	}
	last := n.Weights(len(n.Specs()) - 1)
	for i := range last.W {
		last.W[i] = float32(float64(last.W[i]) * s.deviation)
	}
	for o, m := range s.mean {
		last.Bias[o] = float32(float64(last.Bias[o])*s.deviation + m)
	}
}
