package graph

import (
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// chooser builds functions of a graph's input by choices.
type chooser struct{ *Graph }

func (c chooser) one(op tflite.Op, x *Value) *Value { return c.Add(op, nil, x.Shape, x) }

func (c chooser) two(op tflite.Op, x *Value, v float32) *Value {
	return c.Add(op, plain(op), x.Shape, x, Floats("c", nil, []float32{v}))
}

func (c chooser) where(mask, yes, no *Value) *Value {
	return c.Add(tflite.Select, nil, mask.Shape, mask, yes, no)
}

// TestChoose compares choices with what they are.
func TestChoose(t *testing.T) {
	softplus := func(x float64) float64 { return math.Log1p(math.Exp(x)) }
	for name, f := range map[string]struct {
		build func(c chooser, x *Value) *Value
		want  func(x float64) float64
		most  int // operators that are left
	}{
		"elu": {func(c chooser, x *Value) *Value {
			return c.where(c.two(tflite.GreaterEqual, x, 0), x, c.two(tflite.Sub, c.one(tflite.Exp, x), 1))
		}, func(x float64) float64 { return max(x, math.Exp(min(x, 0))-1) }, 1},
		"leaky": {func(c chooser, x *Value) *Value {
			return c.where(c.two(tflite.Less, x, 0), c.two(tflite.Mul, x, 0.25), x)
		}, func(x float64) float64 { return max(x, x/4) }, 1},
		"softplus": {func(c chooser, x *Value) *Value {
			return c.where(c.two(tflite.Greater, x, 20), x, c.one(tflite.Log, c.two(tflite.Add, c.one(tflite.Exp, x), 1)))
		}, softplus, 11},
		"above a half": {func(c chooser, x *Value) *Value {
			y := c.one(tflite.Square, c.two(tflite.Sub, x, 0.5))
			return c.where(c.two(tflite.LessEqual, x, 0.5), c.two(tflite.Mul, x, 0), y)
		}, func(x float64) float64 { return max(x-0.5, 0) * max(x-0.5, 0) }, 9},
		"both sides": {func(c chooser, x *Value) *Value {
			inside := c.Add(tflite.LogicalAnd, nil, x.Shape, c.two(tflite.Greater, x, -1), c.two(tflite.Less, x, 1))
			sign := c.where(c.two(tflite.Greater, x, 0), c.two(tflite.Sub, x, 1), c.two(tflite.Add, x, 1))
			return c.where(c.Add(tflite.LogicalNot, nil, x.Shape, inside), sign, c.two(tflite.Mul, x, 0))
		}, nil, 0}, // the inner choice jumps where the outer one does not take it: not seen
		"a mask times": {func(c chooser, x *Value) *Value {
			mask := c.one(tflite.Cast, c.two(tflite.Greater, x, 0))
			return c.Add(tflite.Mul, tflite.MulOptions{}, x.Shape, mask, c.one(tflite.Tanh, x))
		}, func(x float64) float64 { return max(0, math.Tanh(x)) }, 6},
		"numbers only": {func(c chooser, x *Value) *Value {
			return c.where(c.Add(tflite.NotEqual, nil, x.Shape, x, x), c.two(tflite.Mul, x, 0), c.one(tflite.Tanh, x))
		}, math.Tanh, 1},
		"known": {func(c chooser, x *Value) *Value {
			return c.where(Floats("mask", x.Shape, []float32{1, 0, 1, 0, 1, 0, 1, 0}), c.one(tflite.Tanh, x),
				Floats("c", nil, []float32{7}))
		}, nil, 4},
		"jumps": {func(c chooser, x *Value) *Value {
			return c.where(c.two(tflite.Greater, x, 0.5), x, c.two(tflite.Mul, x, 0))
		}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := New("x", []int{1, 8})
			g.Outputs = []*Value{f.build(chooser{g}, g.Input)}
			g.Simplify()
			if f.most == 0 {
				if _, err := g.Lower(); err == nil || !strings.Contains(err.Error(), "jumps") {
					t.Errorf("error %v", err)
				}
				return
			}
			if len(g.Nodes) > f.most {
				t.Errorf("%d operators left, want %d at most", len(g.Nodes), f.most)
			}
			x := []float32{-30, -1.5, -0.001, 0, 0.49, 0.51, 3, 25}
			for i, got := range run(t, g, x) {
				want := 7.0
				if f.want != nil {
					want = f.want(float64(x[i]))
				} else if i%2 == 0 {
					want = math.Tanh(float64(x[i]))
				}
				if math.Abs(float64(got)-want) > 1e-5*max(1, math.Abs(want)) {
					t.Errorf("of %g: %g, want %g", x[i], got, want)
				}
			}
		})
	}
}

// TestTakeParts reads a list that a loop writes step by step.
func TestTakeParts(t *testing.T) {
	g := New("x", []int{1, 2})
	list, zeros := (*Value)(nil), Floats("zeros", []int{4, 2}, make([]float32, 8))
	h := g.Input
	for i := range 4 {
		h = g.Add(tflite.Tanh, nil, h.Shape, h)
		from := zeros
		if list != nil {
			from = list
		}
		var parts []*Value
		if i > 0 {
			parts = append(parts, g.Slice(from, []int{0, 0}, []int{i, 2}))
		}
		parts = append(parts, h)
		if i < 3 {
			parts = append(parts, g.Slice(from, []int{i + 1, 0}, []int{3 - i, 2}))
		}
		list = g.Concat(0, parts...)
	}
	last := g.Slice(g.Slice(list, []int{1, 0}, []int{3, 2}), []int{1, 0}, []int{2, 1})
	g.Outputs = []*Value{list, last}
	g.Simplify()
	counts := map[tflite.Op]int{}
	for _, n := range g.Nodes {
		counts[n.Op]++
	}
	if counts[tflite.Tanh] != 4 || counts[tflite.Concatenation] != 2 || counts[tflite.Slice] != 2 || len(g.Nodes) != 8 {
		t.Errorf("left are %v", counts)
	}
	y, want := run(t, g, []float32{2, -1}), []float64{2, -1}
	for i := range 4 {
		for k := range want {
			if want[k] = math.Tanh(want[k]); math.Abs(float64(y[2*i+k])-want[k]) > 1e-5 {
				t.Errorf("value %d of step %d is %g, want %g", k, i, y[2*i+k], want[k])
			}
		}
	}
}
