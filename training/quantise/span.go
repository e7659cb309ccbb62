package quantise

import "math"

// histogramBins is the resolution at which ranges are chosen: eight bins a code.
const histogramBins = 2048

// span is the range and distribution of one activation.
type span struct {
	low, high float64 // extremes, 0 included
	counts    []float64
	sums      []float64 // per channel
	seen      int
}

func (s *span) widen(y []float32, channels int) {
	low, high := float32(s.low), float32(s.high)
	for _, v := range y {
		low, high = min(low, v), max(high, v)
	}
	s.low, s.high = float64(low), float64(high)
	s.seen += len(y)
	if s.sums == nil {
		s.sums = make([]float64, channels)
	}
	for len(y) > 0 {
		for c, v := range y[:channels] {
			s.sums[c] += float64(v)
		}
		y = y[channels:]
	}
}

// means returns the mean of each channel.
func (s *span) means() []float64 {
	m := make([]float64, len(s.sums))
	for c, v := range s.sums {
		m[c] = v / (float64(s.seen) / float64(len(m)))
	}
	return m
}

func (s *span) count(y []float32) {
	if s.counts == nil {
		s.counts = make([]float64, histogramBins)
	}
	width := s.high - s.low
	if !(width > 0) {
		return
	}
	scale := histogramBins / width
	for _, v := range y {
		i := int((float64(v) - s.low) * scale)
		s.counts[max(0, min(i, histogramBins-1))]++
	}
}

// all returns the codes that cover everything seen.
func (s *span) all() codes { return fit(s.low, s.high) }

// percentile returns the codes from which at most 100-p percent of the values
// lie off at either end.
func (s *span) percentile(p float64) codes {
	total, width := 0.0, (s.high-s.low)/histogramBins
	for _, n := range s.counts {
		total += n
	}
	cut := total * (1 - p/100)
	edge := func(at, step int) int {
		for left := cut; at >= 0 && at < len(s.counts) && s.counts[at] <= left; at += step {
			left -= s.counts[at]
		}
		return at
	}
	if !(total > 0) {
		return fit(s.low, s.high)
	}
	low, high := edge(0, 1), edge(len(s.counts)-1, -1)
	return fit(s.low+float64(low)*width, s.low+float64(high+1)*width)
}

// choose returns the codes with the least mean squared error over the
// distribution, after f.
func (s *span) choose(f func(float64) float64) codes {
	best, least := fit(s.low, s.high), math.Inf(1)
	width := (s.high - s.low) / histogramBins
	if !(width > 0) {
		return best
	}
	const steps = 40
	for k := range steps + 1 {
		part := 1 - float64(k)*(2.0/3)/steps
		c := fit(s.low*part, s.high*part)
		sum := 0.0
		for i, n := range s.counts {
			if n == 0 {
				continue
			}
			x := s.low + (float64(i)+0.5)*width
			d := f(c.value(c.quantise(x))) - f(x)
			sum += n * d * d
		}
		if sum < least {
			best, least = c, sum
		}
	}
	return best
}

func identity(x float64) float64 { return x }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
