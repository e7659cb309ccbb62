package quantise

import "context"

// sum is a depthwise convolution of one number that is as large as its input. Offsets are
// dealt to the positions, so that what they cancel is gone before anything is rounded.
type sum struct {
	from, channels int
	factor         float32
	shares, row    []float64 // of each channel's offset; of one position
	y              []float32
}

func newSum(k kernel) *sum {
	n := k.outputs()
	s := &sum{from: k.from, channels: n, factor: k.weights[0], shares: make([]float64, n), row: make([]float64, n)}
	for c, offset := range k.offsets {
		s.shares[c] = float64(offset) / (float64(s.factor) * float64(k.rows()))
	}
	return s
}

func (s *sum) run(_ context.Context, n int, values []value) value {
	x := &values[s.from]
	size := len(x.rounded) / n
	s.y = append(s.y[:0], make([]float32, n*s.channels)...)
	for i := range n {
		y := s.y[i*s.channels : (i+1)*s.channels]
		for from := i * size; from < (i+1)*size; from += s.channels {
			for c, v := range x.exactly(from, from+s.channels, s.row) {
				y[c] += float32(v + s.shares[c])
			}
		}
		for c := range y {
			y[c] *= s.factor
		}
	}
	return value{rounded: s.y}
}
