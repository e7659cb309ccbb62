package export

import (
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/network"
)

// Lowered is a network as a float32 model.
type Lowered struct {
	Model *tflite.Model
	// Outputs says for each layer which tensor holds what it gives; None where an
	// operator computes it together with the layer behind.
	Outputs []int

	net   *network.Network
	parts []part
}

// None stands for no tensor.
const None = -1

// part says which constants hold a layer's weights, or some output channels of them.
type part struct {
	layer        int
	from, to     int // output channels, both 0 for all
	kernel, bias int // tensors; a condition's bias holds nothing of the network's
}

// spec returns what the part computes, as a layer of its own.
func (p part) spec(s network.Spec) network.Spec {
	if s.Kind == network.Condition {
		flat := func(c int) network.Shape { return network.Shape{H: 1, W: 1, C: c} }
		return network.Spec{Kind: network.Dense, In: flat(s.Conditions), Out: flat(s.Out.Size())}
	}
	if p.to > 0 {
		s.Out.C = p.to - p.from
	}
	return s
}

// Network lowers a network without batch normalisation, whose input are cells from 0 to
// 1. The description goes into the file, for people. The result shares no memory with
// the network.
func Network(net *network.Network, description string) (*Lowered, error) {
	b := &builder{Lowered: &Lowered{Model: &tflite.Model{Description: description}, net: net}, specs: net.Specs()}
	b.Outputs = make([]int, len(b.specs))
	b.at = b.tensor("input", tensorShape(b.specs[0], b.specs[0].In))
	b.Model.Inputs = []int{b.at}
	if n := net.Conditions(); n > 0 {
		b.conditions = b.tensor("conditions", []int{1, n})
		b.Model.Inputs = append(b.Model.Inputs, b.conditions)
	}
	var extra []int // outputs beside the main one
	for i := 0; i < len(b.specs); i++ {
		b.Outputs[i] = None
		relu, latent := b.followedBy(i, network.ReLU), b.followedBy(i, network.Sample)
		switch s := b.specs[i]; s.Kind {
		case network.Dense, network.Conv2D, network.ConvTranspose2D, network.DepthwiseConv2D:
			if latent {
				extra = append(extra, b.latent(i))
				i++
				break
			}
			i += b.linear(i, relu)
		case network.Condition:
			i += b.condition(i, relu)
		case network.Sigmoid:
			logistic := tflite.Operator{Op: tflite.Logistic, Version: versionLogistic, Inputs: []int{b.at}}
			b.then(b.name(i), logistic, tensorShape(s, s.Out))
		case network.MeanPool:
			b.meanPool(i)
		case network.Reshape:
			b.reshape(i)
		default:
			return nil, fmt.Errorf("export: layer %d (%v): cannot be exported here; fold the network first", i, s.Kind)
		}
		b.Outputs[i] = b.at
	}
	b.Model.Outputs = append([]int{b.at}, extra...)
	return b.Lowered, nil
}

// builder appends operators to a model.
type builder struct {
	*Lowered
	specs      []network.Spec
	at         int // tensor that the next operator takes
	conditions int // the second input
}

func (b *builder) followedBy(layer int, kind network.Kind) bool {
	return layer+1 < len(b.specs) && b.specs[layer+1].Kind == kind
}

// name returns the name of what a layer gives.
func (b *builder) name(layer int) string {
	if layer == len(b.specs)-1 {
		return "output"
	}
	return fmt.Sprintf("layer_%d_%v", layer, b.specs[layer].Kind)
}

// then appends an operator whose output the next one takes.
func (b *builder) then(name string, op tflite.Operator, shape []int) {
	b.at = b.append(name, op, shape)
}

// append appends an operator and returns its output.
func (b *builder) append(name string, op tflite.Operator, shape []int) int {
	out := b.tensor(name, shape)
	op.Outputs = []int{out}
	b.Model.Operators = append(b.Model.Operators, op)
	return out
}

func (b *builder) tensor(name string, shape []int) int {
	return b.add(tflite.Tensor{Name: name, Type: tflite.Float32, Shape: shape})
}

func (b *builder) add(t tflite.Tensor) int {
	b.Model.Tensors = append(b.Model.Tensors, t)
	return len(b.Model.Tensors) - 1
}

// tensorShape returns the shape of a tensor with a batch of 1.
func tensorShape(s network.Spec, sh network.Shape) []int {
	if sh.H == 1 && sh.W == 1 && s.Kind != network.Conv2D && s.Kind != network.ConvTranspose2D &&
		s.Kind != network.DepthwiseConv2D {
		return []int{1, sh.C}
	}
	return []int{1, sh.H, sh.W, sh.C}
}
