package network

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// goldenLayer and goldenCase are what build/oracle/training/nn_gradients.py
// writes.
type goldenLayer struct {
	Kind           string
	Out            [3]int
	Kernel, Stride int
	Bias           bool
	Conditions     int
	W, DW, B, DB   []float64
	Gamma, DGamma  []float64
	Beta, DBeta    []float64
}

type goldenCase struct {
	Name                    string
	Input                   [3]int
	Batch                   int
	Layers                  []goldenLayer
	X, Target               []float64
	Y, DX                   []float64
	Loss                    float64
	Temperature, Divergence float64
	Conditions, Noise       []float64
}

func goldenCases(t *testing.T) []goldenCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/gradients.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		for _, l := range c.Layers {
			seen[l.Kind] = true
		}
		if c.Temperature > 0 {
			seen["contrast"] = true
		}
	}
	for k := Dense; k <= Reshape; k++ {
		if !seen[k.String()] {
			t.Errorf("no golden case has the layer %v", k)
		}
	}
	if !seen["contrast"] {
		t.Error("no golden case has NT-Xent")
	}
	return cases
}

// network builds the case's network with its weights.
func (c *goldenCase) network(t *testing.T) *Network {
	t.Helper()
	kinds := map[string]Kind{}
	for k := Dense; k <= Reshape; k++ {
		kinds[k.String()] = k
	}
	at := Shape{c.Input[0], c.Input[1], c.Input[2]}
	var specs []Spec
	for _, l := range c.Layers {
		s := Spec{
			Kind: kinds[l.Kind], In: at, Out: Shape{l.Out[0], l.Out[1], l.Out[2]}, Kernel: l.Kernel, Stride: l.Stride,
			Bias: l.Bias, Conditions: l.Conditions,
		}
		specs = append(specs, s)
		at = s.Out
	}
	n, err := New(specs, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range c.Layers {
		w := n.Weights(i)
		for _, pair := range []struct {
			dst []float32
			src []float64
		}{{w.W, l.W}, {w.Bias, l.B}, {w.Gamma, l.Gamma}, {w.Beta, l.Beta}} {
			if len(pair.dst) != len(pair.src) {
				t.Fatalf("%s: layer %d: %d values, golden has %d", c.Name, i, len(pair.dst), len(pair.src))
			}
			copy(pair.dst, narrow(pair.src))
		}
		if s, ok := n.layers[i].(*sample); ok {
			noise := narrow(c.Noise)
			s.draw = func(dst []float32, i int) { copy(dst, noise[i*len(dst):]) }
		}
	}
	n.SetConditions(narrow(c.Conditions))
	return n
}

// loss runs the network as training does and returns the loss, after which dy holds
// its gradient.
func (c *goldenCase) loss(n *Network, o objective, dy []float32) (y []float32, loss float64) {
	y = n.forward(narrow(c.X), c.Batch, true, nil)
	return y, o.gradient(dy, y, narrow(c.Target), c.Batch)
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// difference returns the largest difference, relative to the largest value
// that is wanted.
func difference(got []float32, want []float64) float64 {
	worst, size := 0.0, 1e-12
	for i, w := range want {
		worst = max(worst, math.Abs(float64(got[i])-w))
		size = max(size, math.Abs(w))
	}
	if len(got) != len(want) {
		return math.Inf(1)
	}
	return worst / size
}

// TestGradients compares outputs, loss and every gradient with PyTorch's in float64, with every family of kernels. The
// bound is 192 times float32's rounding: batches of five, and NT-Xent, make sums that cancel.
func TestGradients(t *testing.T) {
	eachKernels(t, compareGradients)
}

func compareGradients(t *testing.T, name string) {
	const bound = 192.0 / (1 << 24)
	for _, c := range goldenCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			n := c.network(t)
			if err := n.UseKernels(name); err != nil {
				t.Fatal(err)
			}
			dy := make([]float32, len(c.Y))
			y, loss := c.loss(n, newObjective(n, c.Temperature), dy)
			if d := difference(y, c.Y); d > bound {
				t.Errorf("output: off by %.2g of its largest value", d)
			}
			if math.Abs(loss-c.Loss) > bound*c.Loss {
				t.Errorf("loss %v, want %v", loss, c.Loss)
			}
			if kl := n.Divergences(c.Batch); kl != nil && math.Abs(mean(kl)-c.Divergence) > bound*c.Divergence {
				t.Errorf("divergence %v, want %v", mean(kl), c.Divergence)
			}
			dx := n.backward(dy, c.Batch, true, nil)
			if d := difference(dx, c.DX); d > bound {
				t.Errorf("gradient by input: off by %.2g", d)
			}
			for i, l := range c.Layers {
				want := [][]float64{l.DW, l.DB}
				if l.Kind == "batch_norm" {
					want = [][]float64{l.DGamma, l.DBeta}
				}
				for j, p := range n.layers[i].params() {
					if d := difference(p.grad, want[j]); d > bound {
						t.Errorf("layer %d (%s): gradient %d off by %.2g", i, l.Kind, j, d)
					}
				}
			}
		})
	}
}

// TestGradientsAgainstDifferences compares each gradient with the slope of the
// loss between two points on either side, on the golden networks (whose sizes
// are odd and even) with smooth activations only: a kink has no slope.
func TestGradientsAgainstDifferences(t *testing.T) {
	const step = 1.0 / 128
	for _, c := range goldenCases(t) {
		if c.Temperature > 0 || c.Divergence > 0 || len(c.Conditions) > 0 {
			continue // more than the mean square of a function of the input
		}
		t.Run(c.Name, func(t *testing.T) {
			for i := range c.Layers {
				if c.Layers[i].Kind == "relu" {
					c.Layers[i].Kind = "sigmoid"
				}
			}
			n := c.network(t)
			x, target := narrow(c.X), narrow(c.Target)
			dy := make([]float32, len(target))
			sum := newMeanSquares(&n.engine)
			loss := func() float64 {
				return sum.gradient(dy, n.forward(x, c.Batch, true, nil), target)
			}
			loss()
			n.backward(dy, c.Batch, true, nil)
			rng := rand.New(rand.NewPCG(7, 7))
			for i, p := range n.params {
				grad := append([]float32(nil), p.grad...)
				scale := 0.0
				for _, g := range grad {
					scale = max(scale, math.Abs(float64(g)))
				}
				for range min(len(grad), 6) {
					k := rng.IntN(len(grad))
					slope := centralSlope(&p.value[k], step, loss)
					// Float32 losses carry up to 3e-7 of noise, divided by the step.
					if d := math.Abs(slope - float64(grad[k])); d > 1e-2*scale+4e-5 {
						t.Errorf("parameter array %d, value %d: gradient %g, slope %g", i, k, grad[k], slope)
					}
				}
			}
		})
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// centralSlope estimates d loss/d v to fourth order in step.
func centralSlope(v *float32, step float64, loss func() float64) float64 {
	keep := *v
	defer func() { *v = keep }()
	at := func(d float64) (float64, float64) {
		*v = float32(float64(keep) + d)
		return loss(), float64(*v)
	}
	slope := func(d float64) float64 {
		hi, x1 := at(d)
		lo, x0 := at(-d)
		return (hi - lo) / (x1 - x0)
	}
	return (4*slope(step) - slope(2*step)) / 3
}
