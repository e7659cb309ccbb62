package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
)

// Network is a chain of layers with their weights.
type Network struct {
	specs    []Spec
	layers   []layer
	params   []*param
	pool     pool
	capacity int
}

// New returns a network of the given layers with random weights: uniform within
// ±sqrt(6/(fan in + fan out)), offsets 0. Equal seeds give equal weights. The
// first layer must have weights.
func New(specs []Spec, seed uint64) (*Network, error) {
	if len(specs) == 0 || len(specs) > maxLayers {
		return nil, fmt.Errorf("nn: %d layers: need 1 to %d", len(specs), maxLayers)
	}
	n := &Network{specs: append([]Spec(nil), specs...)}
	n.SetThreads(0)
	rng := rand.New(rand.NewPCG(seed, streamWeights))
	for i, s := range specs {
		if err := s.validate(); err != nil {
			return nil, fmt.Errorf("nn: layer %d (%v): %w", i, s.Kind, err)
		}
		if i == 0 && !s.hasWeights() {
			return nil, fmt.Errorf("nn: layer 0 (%v): the first layer must have weights", s.Kind)
		}
		if i > 0 && s.In != specs[i-1].Out {
			return nil, fmt.Errorf("nn: layer %d (%v): input %v does not fit output %v of the layer before", i, s.Kind, s.In, specs[i-1].Out)
		}
		var l layer
		switch s.Kind {
		case Dense:
			l = newDense(s)
		case Conv2D, ConvTranspose2D:
			l = newConv(s)
		case BatchNorm:
			l = newBatchNorm(s)
		default:
			l = &activation{kind: s.Kind}
		}
		if s.hasWeights() {
			initialise(l.params()[0].value, s, rng)
		}
		n.layers = append(n.layers, l)
		n.params = append(n.params, l.params()...)
	}
	return n, nil
}

// Streams of random numbers that one seed gives.
const (
	streamWeights = 1
	streamShuffle = 2
)

func initialise(w []float32, s Spec, rng *rand.Rand) {
	area := max(s.Kernel*s.Kernel, 1)
	limit := math.Sqrt(6 / float64(area*(s.In.C+s.Out.C)))
	for i := range w {
		w[i] = float32((2*rng.Float64() - 1) * limit)
	}
}

// SetThreads sets the number of goroutines that work at once; 0 means as many
// as the process may use. Results do not depend on it.
func (n *Network) SetThreads(threads int) {
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	n.pool.threads = threads
}

// Specs returns the layers.
func (n *Network) Specs() []Spec { return append([]Spec(nil), n.specs...) }

// In returns the shape of one input.
func (n *Network) In() Shape { return n.specs[0].In }

// Out returns the shape of one output.
func (n *Network) Out() Shape { return n.specs[len(n.specs)-1].Out }

// Weights are the arrays of one layer. They are the network's own: what is
// written to them takes effect. Fields that the layer lacks are nil.
type Weights struct {
	W           []float32 // in the layer's layout, see the package comment
	Bias        []float32 // per output channel
	Gamma, Beta []float32 // of batch normalisation, per channel
	Mean, Var   []float32 // statistics that inference uses, per channel
}

// Weights returns layer i's arrays.
func (n *Network) Weights(i int) Weights {
	switch l := n.layers[i].(type) {
	case *dense:
		return linearWeights(l.w, l.b)
	case *conv:
		return linearWeights(l.w, l.b)
	case *batchNorm:
		return Weights{Gamma: l.gamma.value, Beta: l.beta.value, Mean: l.mean, Var: l.vari}
	}
	return Weights{}
}

func linearWeights(w, b *param) Weights {
	out := Weights{W: w.value}
	if b != nil {
		out.Bias = b.value
	}
	return out
}

func (n *Network) reserve(batch int) {
	if batch <= n.capacity {
		return
	}
	for _, l := range n.layers {
		l.reserve(batch)
	}
	n.capacity = batch
}

// Forward computes the outputs [batch, Out] of the inputs x [batch, In] as
// inference does: batch normalisation uses the statistics of training. The
// result is valid until the network's next call. It panics if x is too short.
func (n *Network) Forward(x []float32, batch int) []float32 {
	return n.Trace(x, batch, nil)
}

// Trace computes what Forward does and shows the activations [batch, layer's
// Out] after each layer to visit, which must not keep or change them.
func (n *Network) Trace(x []float32, batch int, visit func(layer int, y []float32)) []float32 {
	return n.forward(x, batch, false, visit)
}

func (n *Network) forward(x []float32, batch int, train bool, visit func(int, []float32)) []float32 {
	n.reserve(batch)
	x = x[:batch*n.In().Size()]
	for i, l := range n.layers {
		x = l.forward(n.pool, x, batch, train)
		if visit != nil {
			visit(i, x)
		}
	}
	return x
}

// backward takes the loss's gradient by the outputs of the batch that forward
// saw last and leaves the gradients by the parameters in them. It returns the
// gradient by the inputs if needInput is set.
func (n *Network) backward(dy []float32, batch int, needInput bool) []float32 {
	for i := len(n.layers) - 1; i >= 0; i-- {
		dy = n.layers[i].backward(n.pool, dy, batch, i > 0 || needInput)
	}
	return dy
}
