package quantise

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
)

// quantised are weights as TFLite stores them.
type quantised struct {
	weights    []byte
	scales     []float32
	bias       []byte
	biasScales []float32
}

// Limits within which every runtime's requantisation works: XNNPACK's factor
// si*sw/so is below 256, and a bias leaves room for the sum in int32.
const (
	maxFactor = 255
	minFactor = 1.0 / (1 << 24)
	maxBias   = 1 << 30
)

// quantiseWeights rounds an operator's weights, and moves its offsets by what the
// rounding shifts the outputs of inputs with the given means by, unless there are
// none.
func quantiseWeights(k *kernel, in, out codes, means []float64) (quantised, error) {
	n := k.outputs()
	q := quantised{weights: make([]byte, len(k.weights)), scales: make([]float32, n), biasScales: make([]float32, n)}
	for c := range n {
		bias := float64(k.offsets[c])
		scale, err := weightScale(k, c, in, out)
		if err != nil {
			return q, err
		}
		q.scales[c] = scale
		q.biasScales[c] = in.scale * scale
		shift := 0.0
		for r := range k.rows() {
			i := k.index(r, c)
			w := float64(k.weights[i])
			v := max(-127, min(math.RoundToEven(w/float64(scale)), 127))
			q.weights[i] = byte(int8(v))
			if means != nil {
				shift += (v*float64(scale) - w) * means[k.input(i, len(means))]
			}
		}
		shift /= float64(k.strides) // of a transposed convolution's taps, an output meets this part
		b := math.RoundToEven((bias - shift) / float64(q.biasScales[c]))
		q.bias = binary.LittleEndian.AppendUint32(q.bias, uint32(int32(max(-maxBias, min(b, maxBias)))))
	}
	return q, nil
}

// weightScale returns the scale of an output channel's weights.
func weightScale(k *kernel, c int, in, out codes) (float32, error) {
	largest, bias := 0.0, math.Abs(float64(k.offsets[c]))
	for r := range k.rows() {
		largest = max(largest, math.Abs(float64(k.weights[k.index(r, c)])))
	}
	if !(largest <= math.MaxFloat32) || !(bias <= math.MaxFloat32) {
		return 0, fmt.Errorf("channel %d has a weight that is not finite", c)
	}
	si, so := float64(in.scale), float64(out.scale)
	// A channel of tiny weights still needs room for its bias.
	scale := max(largest/127, bias/(si*maxBias), minFactor*so/si)
	if si*scale/so > maxFactor {
		return 0, fmt.Errorf("channel %d: weights up to %g for an output step of %g", c, largest, so)
	}
	return float32(scale), nil
}

// quantiseConstant returns a constant that is added or multiplied, with codes of its own.
func quantiseConstant(t tflite.Tensor, atLeast float32) (tflite.Tensor, error) {
	low, high := 0.0, 0.0
	values := floats(t.Data)
	for _, v := range values {
		low, high = min(low, float64(v)), max(high, float64(v))
	}
	if !(high-low <= math.MaxFloat32) {
		return t, fmt.Errorf("constant %q has a value that is not finite", t.Name)
	}
	c := fit(low, high).notFinerThan(atLeast)
	t.Type, t.Quant, t.Data = tflite.Int8, c.quantisation(), make([]byte, 0, len(values))
	for _, v := range values {
		t.Data = append(t.Data, byte(int8(c.quantise(float64(v)))))
	}
	return t, nil
}

// quantisation returns the codes as a model has them.
func (c codes) quantisation() *tflite.Quantisation {
	return &tflite.Quantisation{Scales: []float32{c.scale}, ZeroPoints: []int64{int64(c.zero)}}
}
