package tflitetest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/tflite"
)

// RandomFloat is Random in float32 throughout. Inputs, weights and biases are normally
// distributed, weights so that sums of products stay near their inputs' size.
func RandomFloat(r *rand.Rand, kind string) (m *tflite.Model, input []byte) {
	g := &generator{Rand: r}
	g.Model.Description = "float32 " + kind
	g.graph(kind)
	g.inFloat(&g.Model, kind)
	for _, sub := range g.Model.Subgraphs {
		g.inFloat(sub, kind)
	}
	if kind == dynamicRange {
		g.dynamic()
	}
	for _, t := range g.Model.Inputs {
		n := 1
		for _, d := range g.shape(t) {
			n *= d
		}
		input = append(input, g.normal(n, g.logUniform(0.5, 4))...)
	}
	return &g.Model, input
}

// inFloat makes float32 of the codes of one subgraph.
func (g *generator) inFloat(m *tflite.Model, kind string) {
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if t.Quant == nil {
			continue // a shape, or amounts
		}
		if kind == dynamicRange && t.Type == tflite.Int8 && t.Data != nil {
			continue // dynamic sees to it
		}
		if t.Data != nil {
			t.Data = g.normal(len(t.Data)/t.Type.Size(), map[tflite.Type]float64{tflite.Int8: 0.2, tflite.Int32: 1}[t.Type])
		}
		t.Type, t.Quant = tflite.Float32, nil
	}
}

// normal makes n numbers of the given standard deviation.
func (g *generator) normal(n int, deviation float64) []byte {
	data := make([]byte, 0, 4*n)
	for range n {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(g.NormFloat64()*deviation)))
	}
	return data
}

// dynamic gives int8 weights the scales of dynamic range quantisation: one for each channel, without which LiteRT reads
// beyond the list; their zero points are 0.
func (g *generator) dynamic() {
	for _, o := range g.Model.Operators {
		axis := 0
		if o.Op == tflite.DepthwiseConv2D {
			axis = 3
		}
		if t := &g.Model.Tensors[o.Inputs[1]]; t.Type == tflite.Int8 {
			n := t.Shape[axis]
			t.Quant = &tflite.Quantisation{Scales: make([]float32, n), ZeroPoints: make([]int64, n), Axis: axis}
			for k := range n {
				t.Quant.Scales[k] = float32(0.003 * g.logUniform(0.5, 2))
			}
		}
	}
}
