package export

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/network"
)

var picture = network.Shape{H: 12, W: 8, C: 1}

// chains have every kind of layer that can be lowered.
func chains() map[string][]network.Spec {
	flat := network.Shape{H: 1, W: 1, C: 20}
	return map[string][]network.Spec{
		"dense": network.NewChain(flat).Dense(12, true).ReLU().Dense(5, false).Dense(20, true).Specs(),
		"conditioned": network.NewChain(flat).Dense(12, true).Condition(3).ReLU().Dense(7, true).Condition(3).
			Dense(20, true).Specs(),
		"pictures": network.NewChain(picture).Conv2D(6, 3, 2, true).Condition(2).ReLU().DepthwiseConv2D(3, 1, true).ReLU().
			Conv2D(7, 1, 1, true).ConvTranspose2D(4, 3, 1, true).ReLU().ConvTranspose2D(1, 4, 2, true).Sigmoid().
			Specs(),
		"latent": network.NewChain(picture).Conv2D(6, 3, 2, true).ReLU().Conv2D(6, 1, 1, true).Sample().
			ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs(),
		"encoder": network.NewChain(picture).Conv2D(6, 3, 2, true).ReLU().DepthwiseConv2D(3, 2, true).ReLU().
			Conv2D(9, 1, 1, true).MeanPool().Specs(),
		"flattened": network.NewChain(picture).Conv2D(4, 4, 4, true).ReLU().Reshape(network.Shape{H: 1, W: 1, C: 24}).
			Dense(24, true).Reshape(network.Shape{H: 3, W: 2, C: 4}).ConvTranspose2D(1, 4, 4, true).Specs(),
	}
}

// chain returns a network with random weights and offsets.
func chain(t *testing.T, specs []network.Spec) *network.Network {
	t.Helper()
	net, err := network.New(specs, 5)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range specs {
		for k := range net.Weights(i).Bias {
			net.Weights(i).Bias[k] = float32(rng.NormFloat64() / 4)
		}
	}
	return net
}

func random(n int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float32, n)
	for i := range x {
		x[i] = rng.Float32()
	}
	return x
}

// TestNetwork compares what each layer gives with what the model's tensor for it holds.
func TestNetwork(t *testing.T) {
	for name, specs := range chains() {
		t.Run(name, func(t *testing.T) {
			net := chain(t, specs)
			low, err := Network(net, name)
			if err != nil {
				t.Fatal(err)
			}
			var watched []int // layers
			m := *low.Model
			m.Outputs = nil
			for layer, tensor := range low.Outputs {
				if tensor != None {
					watched, m.Outputs = append(watched, layer), append(m.Outputs, tensor)
				}
			}
			if len(specs) > len(watched)*2 || m.Description != name {
				t.Fatalf("%d of %d layers have a tensor; description %q", len(watched), len(specs), m.Description)
			}
			x, conditions := random(net.In().Size()), random(net.Conditions())
			got := infer(t, &m, x, conditions)
			net.SetConditions(conditions)
			net.Trace(x, 1, func(layer int, y []float32) {
				if i := slices.Index(watched, layer); i >= 0 {
					wantNear(t, specs[layer].Kind.String(), got[i], y)
				}
			})
			want := [][]float32{slices.Clone(net.Forward(x, 1))}
			for _, kl := range net.Divergences(1) {
				want = append(want, []float32{float32(kl)})
			}
			outputs := infer(t, low.Model, x, conditions)
			if len(outputs) != len(want) {
				t.Fatalf("%d outputs, want %d", len(outputs), len(want))
			}
			wantNear(t, "output", outputs[0], want[0])
			if len(want) > 1 {
				sum := float32(0)
				for _, v := range outputs[1] {
					sum += v
				}
				wantNear(t, "divergence", []float32{sum}, want[1])
			}
		})
	}
}

func wantNear(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if math.Abs(float64(v-want[i])) > 1e-5*max(1, math.Abs(float64(want[i]))) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, v, want[i])
		}
	}
}

// infer returns the outputs of a float32 model.
func infer(t *testing.T, m *tflite.Model, inputs ...[]float32) (outputs [][]float32) {
	t.Helper()
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range it.Inputs() {
		for k, v := range inputs[i] {
			binary.LittleEndian.PutUint32(it.InputBytes(i)[4*k:], math.Float32bits(v))
		}
	}
	it.Invoke()
	for i := range it.Outputs() {
		outputs = append(outputs, decode(it.OutputBytes(i)))
	}
	return outputs
}

// TestLoad takes the weights of one network's model back to a network that was made from
// another seed, bit for bit.
func TestLoad(t *testing.T) {
	for name, specs := range chains() {
		t.Run(name, func(t *testing.T) {
			net := chain(t, specs)
			other, err := network.New(specs, 77)
			if err != nil {
				t.Fatal(err)
			}
			low, err := Network(other, "")
			if err != nil {
				t.Fatal(err)
			}
			from, err := Network(net, "")
			if err != nil {
				t.Fatal(err)
			}
			loaded, err := low.Load(from.Model)
			if err != nil {
				t.Fatal(err)
			}
			for i := range specs {
				got, want, kept := loaded.Weights(i), net.Weights(i), other.Weights(i)
				if !slices.Equal(got.W, want.W) || !slices.Equal(got.Bias, want.Bias) {
					t.Errorf("layer %d (%v) has other weights", i, specs[i].Kind)
				}
				if len(kept.W) > 0 && slices.Equal(kept.W, want.W) {
					t.Errorf("layer %d (%v): the lowered network was changed", i, specs[i].Kind)
				}
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	normed := chain(t, network.NewChain(picture).Conv2D(4, 3, 1, false).BatchNorm().Specs())
	if _, err := Network(normed, ""); err == nil || !strings.Contains(err.Error(), "fold the network first") {
		t.Errorf("batch normalisation: %v", err)
	}
	lowered := func(c *network.Chain) *Lowered {
		low, err := Network(chain(t, c.Specs()), "")
		if err != nil {
			t.Fatal(err)
		}
		return low
	}
	low := lowered(network.NewChain(picture).Conv2D(4, 3, 1, true))
	for what, other := range map[string]*Lowered{
		"more layers":    lowered(network.NewChain(picture).Conv2D(4, 3, 1, true).Conv2D(4, 3, 1, true)),
		"other channels": lowered(network.NewChain(picture).Conv2D(5, 3, 1, true)),
		"other kernels":  lowered(network.NewChain(picture).Conv2D(4, 5, 1, true)),
	} {
		if _, err := low.Load(other.Model); err == nil {
			t.Errorf("a model with %s: no error", what)
		}
	}
}
