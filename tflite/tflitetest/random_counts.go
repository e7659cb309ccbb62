package tflitetest

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// topK makes TOPK_V2, with both outputs.
func (g *generator) topK() {
	x := g.codes()
	s := slices.Clone(g.shape(x))
	k := g.between(1, s[len(s)-1])
	s[len(s)-1] = k
	values := g.Op(tflite.TopKV2, 2, nil, g.like(x, s...), x, g.scalar(k))
	places := g.places(s...)
	o := &g.Model.Operators[len(g.Model.Operators)-1]
	o.Outputs = append(o.Outputs, places)
	g.Output(values)
	g.Output(places)
}

// oneHot makes ONE_HOT of places that ARG_MAX finds, now and then with fewer places than there are.
func (g *generator) oneHot() {
	x := g.codes()
	axis := g.IntN(len(g.shape(x)))
	at := g.argumentOf(tflite.ArgMax, x, axis)
	depth := max(1, g.shape(x)[axis]-g.IntN(2))
	shape := g.shape(at)
	place := g.IntN(len(shape) + 1)
	p := tflite.OneHotOptions{Axis: place}
	if place == len(shape) && g.bool() {
		p.Axis = -1
	}
	q := g.quant(x)
	on, off := g.constant(q, byte(g.Uint32())), g.constant(q, byte(g.Uint32()))
	want := slices.Insert(slices.Clone(shape), place, depth)
	g.Output(g.Op(tflite.OneHot, 1, p, g.like(x, want...), at, g.scalar(depth), on, off))
}

// constant adds a scalar of int8.
func (g *generator) constant(q Code, code byte) int {
	return g.Tensor(tflite.Tensor{Type: tflite.Int8, Data: []byte{code}, Quant: perTensor(q)})
}

// counted makes RANGE of float32, and adds it to an input.
func (g *generator) counted() {
	start, step, n := float32(g.NormFloat64()), float32(g.logUniform(0.1, 3)), g.between(1, 30)
	if g.bool() {
		step = -step
	}
	number := func(v float32) int {
		return g.Tensor(tflite.Tensor{
			Type: tflite.Float32, Data: binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)),
		})
	}
	x := g.FloatInput(n)
	all := g.Op(tflite.Range, 1, nil, g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{n}}),
		number(start), number(start+step*(float32(n)-0.5)), number(step))
	sum := g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{n}})
	g.Output(g.Op(tflite.Add, 1, tflite.AddOptions{}, sum, x, all))
}

// computedDense makes a dense layer whose weights are an input.
func (g *generator) computedDense() {
	rows, inputs, outputs := g.between(1, 4), g.between(1, 40), g.between(1, 20)
	x, w := g.FloatInput(rows, inputs), g.FloatInput(outputs, inputs)
	ins := []int{x, w}
	if g.bool() {
		ins = append(ins, g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{outputs}, Data: g.normal(outputs, 1)}))
	}
	p := tflite.FullyConnectedOptions{Activation: g.activation()}
	y := g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{rows, outputs}})
	g.Output(g.Op(tflite.FullyConnected, 1, p, y, ins...))
}
