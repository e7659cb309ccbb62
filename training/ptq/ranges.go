package ptq

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/training/dataset"
)

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

// codes says what the int8 codes of a tensor stand for.
type codes struct {
	scale float32
	zero  int // zero point
}

// fit returns the codes that cover low to high, 0 being one of them.
func fit(low, high float64) codes {
	low, high = min(low, 0), max(high, 0)
	scale := float32((high - low) / 255)
	if !(scale >= minScale) {
		return codes{scale: minScale, zero: -128}
	}
	zero := math.RoundToEven(-128 - low/float64(scale))
	return codes{scale: scale, zero: int(max(-128, min(zero, 127)))}
}

// minScale stands in for activations that are always 0.
const minScale = 1e-6

func (c codes) quantise(x float64) float64 {
	q := math.RoundToEven(x/float64(c.scale)) + float64(c.zero)
	return max(-128, min(q, 127))
}

func (c codes) value(q float64) float64 { return (q - float64(c.zero)) * float64(c.scale) }

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

// calibrationBatch is how many windows are run at once.
const calibrationBatch = 32

// pick returns the numbers of at most limit of n windows, evenly spread.
func pick(n, limit int) []int {
	m := min(n, limit)
	out := make([]int, m)
	for i := range out {
		out[i] = i * n / m
	}
	return out
}

// watch runs windows through the network, as they are and raised, and shows what each
// operator gives.
func (p *probe) watch(windows dataset.NormalWindows, which []int, raise float32, visit func(op int, y []float32)) {
	size, count := p.net.In().Size(), p.net.Conditions()
	x, conditions := make([]float32, calibrationBatch*size), make([]float32, calibrationBatch*count)
	for len(which) > 0 {
		n := min(calibrationBatch, len(which))
		for i, w := range which[:n] {
			windows.Sample(w, x[i*size:(i+1)*size])
			windows.Conditions(w, conditions[i*count:(i+1)*count])
		}
		p.run(x, conditions, n, visit)
		if raise > 0 {
			for i, v := range x[:n*size] {
				x[i] = min(v+raise, 1)
			}
			p.run(x, conditions, n, visit)
		}
		which = which[n:]
	}
}

// run runs a batch and shows what each operator gives.
func (p *probe) run(x, conditions []float32, n int, visit func(op int, y []float32)) {
	p.conditions = conditions
	p.net.SetConditions(conditions)
	p.net.Trace(x, n, func(l int, y []float32) { p.after(l, y, n, visit) })
}

// measure returns the span of each operator's output, and the mean of each channel of
// the input.
func measure(p *probe, windows dataset.NormalWindows, limit int, raise float32) ([]span, []float64, error) {
	if windows.Len() == 0 {
		return nil, nil, fmt.Errorf("ptq: no windows to calibrate on")
	}
	in := p.net.In()
	if windows.Size() != in.Size() {
		return nil, nil, fmt.Errorf("ptq: windows of %d cells, the network takes %d", windows.Size(), in.Size())
	}
	if have := windows.ConditionCount(); have != p.net.Conditions() {
		return nil, nil, fmt.Errorf("ptq: windows with %d conditions, the network takes %d", have, p.net.Conditions())
	}
	spans := make([]span, len(p.ops))
	which := pick(windows.Len(), limit)
	p.watch(windows, which, raise, func(op int, y []float32) { spans[op].widen(y, p.ops[op].out.C) })
	for op, s := range spans {
		if !(s.high-s.low <= math.MaxFloat32) {
			layer := p.ops[op].layer
			return nil, nil, fmt.Errorf("ptq: layer %d (%v): activations from %g to %g: the network is not usable", layer, p.net.Specs()[layer].Kind, s.low, s.high)
		}
	}
	p.watch(windows, which, raise, func(op int, y []float32) { spans[op].count(y) })
	var cells span
	x := make([]float32, in.Size())
	for _, w := range which {
		windows.Sample(w, x)
		cells.widen(x, in.C)
	}
	return spans, cells.means(), nil
}
