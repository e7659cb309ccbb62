package ptq

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/training/nn"
)

// action names what an operator of the model does.
type action uint8

const (
	multiply   action = iota // weights and offsets of a layer, with a fused ReLU
	squash                   // logistic function
	pool                     // mean over all positions
	reshape                  // the same values in another shape
	drive                    // weights of a condition layer, by the conditions
	join                     // what drive gives, added, with a fused ReLU
	square                   // of the latent means
	exponent                 // of the latent log variances
	gather                   // square + exponent
	lessen                   // gather - log variances
	divergence               // half of that less one, summed over positions
)

// String names the tensors that an operator gives.
func (a action) String() string {
	return [...]string{"multiply", "squash", "pool", "reshape", "drive", "join", "square", "exponent", "gather", "lessen", "divergence"}[a]
}

// operator is one operator of the model.
type operator struct {
	do       action
	layer    int  // whose weights or function it has
	at       int  // layer after which its output is known
	relu     bool // fused
	from, to int  // output channels of the weights, both 0 for all
	out      nn.Shape
	main     bool // what follows takes its output
}

// plan returns the operators of a network in their order.
func plan(specs []nn.Spec) ([]operator, error) {
	var ops []operator
	for i := 0; i < len(specs); i++ {
		s := specs[i]
		next := nn.Kind(0)
		if i+1 < len(specs) {
			next = specs[i+1].Kind
		}
		op := operator{layer: i, at: i, out: s.Out, main: true}
		switch s.Kind {
		case nn.Dense, nn.Conv2D, nn.ConvTranspose2D, nn.DepthwiseConv2D:
			if next == nn.Sample {
				ops = append(ops, latent(i, specs[i+1].Out)...)
				i++
				continue
			}
		case nn.Condition:
			ops = append(ops, operator{do: drive, layer: i, at: i, out: s.Out})
			op.do = join
		case nn.Sigmoid:
			op.do = squash
		case nn.MeanPool:
			op.do = pool
		case nn.Reshape:
			op.do = reshape
		default:
			return nil, fmt.Errorf("ptq: layer %d (%v): cannot be exported here; fold the network first", i, s.Kind)
		}
		if next == nn.ReLU && (op.do == multiply || op.do == join) {
			i++
			op.at, op.relu = i, true
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// latent returns the operators of the layer that gives means and log variances, and of
// the latent layer behind it, whose output are the means.
func latent(layer int, out nn.Shape) []operator {
	at := layer + 1
	side := func(do action) operator { return operator{do: do, layer: at, at: at, out: out} }
	sum := side(divergence)
	sum.out = nn.Shape{H: 1, W: 1, C: out.C}
	return []operator{
		{do: multiply, layer: layer, at: at, to: out.C, out: out, main: true},
		{do: multiply, layer: layer, at: at, from: out.C, to: 2 * out.C, out: out},
		side(square), side(exponent), side(gather), side(lessen), sum,
	}
}

// probe computes what each operator of a plan gives, in float32.
type probe struct {
	net        *nn.Network
	ops        []operator
	conditions []float32 // of the batch
	logvars    []float32
	values     []float32
}

func newProbe(net *nn.Network) (*probe, error) {
	ops, err := plan(net.Specs())
	return &probe{net: net, ops: ops}, err
}

// after shows the outputs of the operators that are known after a layer, whose own
// activations of a batch are y.
func (p *probe) after(layer int, y []float32, batch int, visit func(op int, y []float32)) {
	specs := p.net.Specs()
	if layer+1 < len(specs) && specs[layer+1].Kind == nn.Sample {
		c := specs[layer+1].Out.C
		p.logvars = p.logvars[:0]
		for ; len(y) > 0; y = y[2*c:] {
			for _, v := range y[c : 2*c] {
				p.logvars = append(p.logvars, max(leastLogVar, min(v, mostLogVar)))
			}
		}
		return
	}
	for i, op := range p.ops {
		if op.at != layer {
			continue
		}
		switch op.do {
		case drive:
			visit(i, p.driven(op, batch))
		case square, exponent, gather, lessen, divergence:
			visit(i, p.side(op, y))
		case multiply:
			if op.from > 0 {
				visit(i, p.logvars)
				continue
			}
			visit(i, y)
		default:
			visit(i, y)
		}
	}
}

// driven returns what a condition layer adds.
func (p *probe) driven(op operator, batch int) []float32 {
	w := p.net.Weights(op.layer).W
	size := op.out.Size()
	count := len(w) / size
	p.values = append(p.values[:0], make([]float32, batch*size)...)
	for n := range batch {
		for k := range count {
			c := p.conditions[n*count+k]
			for j, v := range w[k*size : (k+1)*size] {
				p.values[n*size+j] += c * v
			}
		}
	}
	return p.values
}

// side returns a part of the divergence of latent means.
func (p *probe) side(op operator, means []float32) []float32 {
	p.values = p.values[:0]
	for i, m := range means {
		p.values = append(p.values, float32(divergenceSoFar(op.do, float64(m), float64(p.logvars[i]))))
	}
	if op.do != divergence {
		return p.values
	}
	sample := p.net.Specs()[op.layer].Out
	sums := make([]float32, len(p.values)/sample.Size()*sample.C)
	for i, v := range p.values {
		sums[i/sample.Size()*sample.C+i%sample.C] += v
	}
	return sums
}

// divergenceSoFar returns what an operator of a latent layer gives for one value.
func divergenceSoFar(do action, mean, logvar float64) float64 {
	switch do {
	case square:
		return mean * mean
	case exponent:
		return math.Exp(logvar)
	case gather:
		return mean*mean + math.Exp(logvar)
	case lessen:
		return mean*mean + math.Exp(logvar) - logvar
	}
	return nn.Divergence(mean, logvar)
}
