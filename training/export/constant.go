package export

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/network"
)

// weights adds the constants of a layer with weights.
func (b *builder) weights(name string, shape []int, kernel, bias []float32) (k, o int) {
	k = b.add(tflite.Tensor{Name: name + "_weights", Type: tflite.Float32, Shape: shape, Data: encode(kernel)})
	o = b.add(tflite.Tensor{Name: name + "_bias", Type: tflite.Float32, Shape: []int{len(bias)}, Data: encode(bias)})
	return k, o
}

// shape adds a constant that says a shape.
func (b *builder) shape(name string, shape []int) int {
	size := make([]byte, 0, 16)
	for _, d := range shape {
		size = binary.LittleEndian.AppendUint32(size, uint32(d))
	}
	return b.add(tflite.Tensor{Name: name, Type: tflite.Int32, Shape: []int{len(shape)}, Data: size})
}

func encode(values []float32) []byte {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

func decode(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

// Load returns a network of its own memory, like the one that was lowered, with the
// weights of m: the same model with other constants.
func (l *Lowered) Load(m *tflite.Model) (*network.Network, error) {
	if len(m.Tensors) != len(l.Model.Tensors) {
		return nil, fmt.Errorf("export: a model of %d tensors: the network gives %d",
			len(m.Tensors), len(l.Model.Tensors))
	}
	specs := l.net.Specs()
	net, err := l.net.First(len(specs))
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	for _, p := range l.parts {
		s := p.spec(specs[p.layer])
		kernel, bias := &m.Tensors[p.kernel], &m.Tensors[p.bias]
		if !isConstant(kernel, KernelShape(s)) || !isConstant(bias, []int{s.Out.C}) {
			return nil, fmt.Errorf("export: layer %d (%v): the model has %q of shape %v for it",
				p.layer, specs[p.layer].Kind, kernel.Name, kernel.Shape)
		}
		w := net.Weights(p.layer)
		n := s.Out.C
		if specs[p.layer].Kind != network.Condition {
			n = specs[p.layer].Out.C
		}
		matrix := Matrix(s, decode(kernel.Data))
		for r := range len(matrix) / s.Out.C {
			copy(w.W[r*n+p.from:], matrix[r*s.Out.C:(r+1)*s.Out.C])
		}
		if w.Bias != nil {
			copy(w.Bias[p.from:], decode(bias.Data))
		}
	}
	return net, nil
}

func isConstant(t *tflite.Tensor, shape []int) bool {
	size := 4
	for _, d := range shape {
		size *= d
	}
	return t.Type == tflite.Float32 && slices.Equal(t.Shape, shape) && len(t.Data) == size
}
