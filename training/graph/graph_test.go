package graph

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// random draws numbers.
type random struct{ *rand.Rand }

func (r random) floats(n int) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = r.Float32()*2 - 0.8
	}
	return all
}

// grow adds one operator of a kind that people's networks have to a picture.
func (r random) grow(g *Graph, x *Value) *Value {
	channels := x.Shape[3]
	switch r.IntN(9) {
	case 0:
		kernel, out := 1+2*r.IntN(2), 1+r.IntN(4)
		return g.Add(tflite.Conv2D, tflite.Conv2DOptions{
			Padding: tflite.Same, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1,
		}, []int{1, x.Shape[1], x.Shape[2], out}, x,
			Floats("w", []int{out, kernel, kernel, channels}, r.floats(out*kernel*kernel*channels)))
	case 1:
		return g.Affine(x, []float32{r.Float32() + 0.5}, []float32{r.Float32()})
	case 2, 3:
		// A batch normalisation, as its two steps.
		for _, op := range []tflite.Op{tflite.Mul, tflite.Add} {
			x = g.Add(op, plain(op), x.Shape, x, Floats("c", []int{channels}, r.floats(channels)))
		}
		return x
	case 4:
		return g.Add(tflite.Relu, nil, x.Shape, x)
	case 5:
		y := g.Transpose(x, 0, 3, 1, 2)
		y = g.Add(tflite.Tanh, nil, y.Shape, y)
		return g.Transpose(y, 0, 2, 3, 1)
	case 6:
		y := g.Transpose(x, 0, 2, 1, 3)
		c := Floats("c", []int{y.Shape[1], 1, channels}, r.floats(y.Shape[1]*channels))
		y = g.Add(tflite.Mul, tflite.MulOptions{}, y.Shape, y, c)
		return g.Transpose(y, 0, 2, 1, 3)
	case 7:
		n := x.Size()
		flat := g.Reshape(g.Transpose(x, 0, 3, 1, 2), 1, n)
		y := g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{1, n}, flat,
			Floats("w", []int{n, n}, r.floats(n*n)))
		return g.Transpose(g.Reshape(y, 1, channels, x.Shape[1], x.Shape[2]), 0, 2, 3, 1)
	}
	return g.Concat(3, x, g.Add(tflite.Logistic, nil, x.Shape, x))
}

// run returns what a graph makes of values.
func run(t *testing.T, g *Graph, x []float32) []float32 {
	t.Helper()
	m, err := g.Lower()
	if err != nil {
		t.Fatal(err)
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x {
		binary.LittleEndian.PutUint32(it.InputBytes(0)[4*i:], math.Float32bits(v))
	}
	it.Invoke()
	y := make([]float32, len(it.OutputBytes(0))/4)
	for i := range y {
		y[i] = math.Float32frombits(binary.LittleEndian.Uint32(it.OutputBytes(0)[4*i:]))
	}
	return y
}

// TestSimplify compares random networks with what Simplify makes of them.
func TestSimplify(t *testing.T) {
	fewer := 0
	for seed := range uint64(400) {
		build := func() *Graph {
			r := random{rand.New(rand.NewPCG(seed, 1))}
			g := New("x", []int{1, 3, 4, 2})
			x := g.Input
			for range 2 + r.IntN(6) {
				x = r.grow(g, x)
			}
			g.Outputs = []*Value{g.Add(tflite.Tanh, nil, x.Shape, x)}
			return g
		}
		x := random{rand.New(rand.NewPCG(seed, 2))}.floats(24)
		g := build()
		want, before := run(t, g, x), len(g.Nodes)
		g = build()
		g.Simplify()
		if len(g.Nodes) < before {
			fewer++
		}
		got := run(t, g, x)
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d values, want %d", seed, len(got), len(want))
		}
		for i := range got {
			if math.Abs(float64(got[i]-want[i])) > 2e-4 {
				t.Fatalf("seed %d: value %d is %g, want %g", seed, i, got[i], want[i])
			}
		}
	}
	if fewer < 300 {
		t.Errorf("only %d of 400 networks became smaller", fewer)
	}
}

// TestFolds says what is left of the patterns that converters write.
func TestFolds(t *testing.T) {
	r := random{rand.New(rand.NewPCG(3, 3))}
	g := New("x", []int{1, 2, 4, 6}) // a picture with its channels first
	y := g.Transpose(g.Input, 0, 2, 3, 1)
	y = g.Add(tflite.Conv2D, tflite.Conv2DOptions{
		Padding: tflite.Valid, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1,
	}, []int{1, 4, 6, 3}, y, Floats("w", []int{3, 1, 1, 2}, r.floats(6)))
	y = g.Transpose(y, 0, 3, 1, 2)
	y = g.Add(tflite.Mul, tflite.MulOptions{}, y.Shape, y, Floats("c", []int{3, 1, 1}, r.floats(3)))
	y = g.Add(tflite.Add, tflite.AddOptions{}, y.Shape, y, Floats("c", []int{3, 1, 1}, r.floats(3)))
	y = g.Add(tflite.Relu, nil, y.Shape, y)
	y = g.Reshape(y, 1, 72)
	g.Outputs = []*Value{g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{1, 5}, y,
		Floats("w", []int{5, 72}, r.floats(360)))}
	g.Simplify()
	var left []tflite.Op
	for _, n := range g.Nodes {
		left = append(left, n.Op)
	}
	want := []tflite.Op{tflite.Transpose, tflite.Conv2D, tflite.Reshape, tflite.FullyConnected}
	if !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
	if g.Params() != 6+3+360 {
		t.Errorf("%d parameters", g.Params())
	}
}
