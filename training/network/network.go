package network

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/training/network/internal/kernels"
)

// Network is a chain of layers with their weights.
type Network struct {
	specs    []Spec
	layers   []layer
	params   []*param
	engine   engine
	capacity int
	grads    [2][]float32 // gradients by activations, in turns
}

// New returns a network of the given layers with random weights: uniform within
// ±sqrt(6/(fan in + fan out)), offsets 0. Equal seeds give equal weights. The
// first layer must have weights.
func New(specs []Spec, seed uint64) (*Network, error) {
	if err := validate(specs); err != nil {
		return nil, err
	}
	n := &Network{specs: append([]Spec(nil), specs...)}
	if err := n.UseKernels(""); err != nil {
		return nil, err
	}
	n.SetThreads(0)
	rng := rand.New(rand.NewPCG(seed, streamWeights))
	for _, s := range specs {
		var l layer
		switch s.Kind {
		case Dense:
			l = newDense(&n.engine, s)
		case Conv2D, ConvTranspose2D:
			l = newConv(&n.engine, s)
		case DepthwiseConv2D:
			l = newDepthwise(&n.engine, s)
		case BatchNorm:
			l = newBatchNorm(&n.engine, s)
		case Sample:
			l = newSample(&n.engine, s)
		case Condition:
			l = newCondition(&n.engine, s)
			initialise(l.params()[0].value, s, rng)
		case MeanPool:
			l = newMeanPool(&n.engine, s)
		case Reshape:
			l = reshape{}
		default:
			l = newActivation(&n.engine, s.Kind)
		}
		if s.hasWeights() {
			initialise(l.params()[0].value, s, rng)
		}
		n.layers = append(n.layers, l)
		n.params = append(n.params, l.params()...)
	}
	n.fuse()
	return n, nil
}

// fuse lets each batch normalisation do the ReLU that follows it.
func (n *Network) fuse() {
	for i, l := range n.layers[1:] {
		norm, isNorm := n.layers[i].(*batchNorm)
		a, isActivation := l.(*activation)
		if isNorm && isActivation && a.kind == ReLU {
			norm.relu, a.fused = true, true
		}
	}
}

// UseKernels chooses a family of kernels by name, "" for the best that this
// processor can run. Families differ in the last bits of what they compute.
func (n *Network) UseKernels(name string) error {
	im, err := kernels.ByName(name)
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	n.engine.im = im
	for _, l := range n.layers {
		if c, ok := l.(*conv); ok {
			c.prepare()
		}
	}
	return nil
}

// Kernels returns the name of the family of kernels in use.
func (n *Network) Kernels() string { return n.engine.im.Name }

// validate checks layers one by one and that they fit together.
func validate(specs []Spec) error {
	if len(specs) == 0 || len(specs) > maxLayers {
		return fmt.Errorf("network: %d layers: need 1 to %d", len(specs), maxLayers)
	}
	latents := 0
	for i, s := range specs {
		if err := s.validate(); err != nil {
			return fmt.Errorf("network: layer %d (%v): %w", i, s.Kind, err)
		}
		if i == 0 && !s.hasWeights() {
			return fmt.Errorf("network: layer 0 (%v): the first layer must have weights", s.Kind)
		}
		if i > 0 && s.In != specs[i-1].Out {
			return fmt.Errorf("network: layer %d (%v): input %v does not fit output %v of the layer before",
				i, s.Kind, s.In, specs[i-1].Out)
		}
		switch s.Kind {
		case Condition:
			if s.Conditions != conditions(specs) {
				return fmt.Errorf("network: layer %d (%v): %d conditions where another layer takes %d",
					i, s.Kind, s.Conditions, conditions(specs))
			}
		case Sample:
			if latents++; latents > 1 {
				return fmt.Errorf("network: layer %d (%v): a network has one at most", i, s.Kind)
			}
		}
	}
	return nil
}

// Streams of random numbers that one seed gives.
const (
	streamWeights = 1
	streamShuffle = 2
	streamNoise   = 3 // of latent values
	streamViews   = 4 // of samples that are contrasted
)

func initialise(w []float32, s Spec, rng *rand.Rand) {
	area := max(s.Kernel*s.Kernel, 1)
	fans := s.In.C + s.Out.C
	switch s.Kind {
	case DepthwiseConv2D:
		fans = 2
	case Condition:
		fans = s.Conditions + s.Out.C
	}
	limit := math.Sqrt(6 / float64(area*fans))
	for i := range w {
		w[i] = float32((2*rng.Float64() - 1) * limit)
	}
}

// SetThreads sets the number of goroutines that work at once; 0 means as many
// as the process may use. Results do not depend on it.
func (n *Network) SetThreads(threads int) { n.engine.setThreads(threads) }

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
	case *depthwise:
		return linearWeights(l.w, l.b)
	case *condition:
		return Weights{W: l.w.value}
	case *batchNorm:
		return Weights{Gamma: l.gamma.value, Beta: l.beta.value, Mean: l.inference.mean, Var: l.inference.vari}
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

// Conditions returns the number of operating conditions that the network takes, 0
// for none.
func (n *Network) Conditions() int { return conditions(n.specs) }

func conditions(specs []Spec) int {
	for _, s := range specs {
		if s.Kind == Condition {
			return s.Conditions
		}
	}
	return 0
}

// SetConditions gives the operating conditions [batch, Conditions] of the samples that
// Forward is called with next. It keeps the slice.
func (n *Network) SetConditions(c []float32) { n.engine.conditions = c }

// Divergences returns, for each sample of the last call's batch, the divergence of its
// latent distribution from the standard one, in nats; nil without such a layer.
func (n *Network) Divergences(batch int) []float64 {
	if s := n.latent(); s != nil {
		return s.kl[:batch]
	}
	return nil
}

// latent returns the layer that draws, nil for none.
func (n *Network) latent() *sample {
	for _, l := range n.layers {
		if s, ok := l.(*sample); ok {
			return s
		}
	}
	return nil
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
		x = l.forward(x, batch, train)
		if visit != nil {
			visit(i, x)
		}
	}
	return x
}

// backward takes the loss's gradient by the outputs of the batch that forward
// saw last and leaves the gradients by the parameters in them. It returns the
// gradient by the inputs if needInput is set. visit, if set, may change the
// gradient by each layer's outputs before it goes on. It may overwrite dy, which may be
// the second of n.grads.
func (n *Network) backward(dy []float32, batch int, needInput bool, visit func(layer int, dy []float32)) []float32 {
	largest := 0
	for _, s := range n.specs {
		largest = max(largest, s.In.Size(), s.Out.Size())
	}
	for i := range n.grads {
		n.grads[i] = grow(n.grads[i], batch*largest)
	}
	free := 0
	for i := len(n.layers) - 1; i >= 0; i-- {
		if visit != nil {
			visit(i, dy)
		}
		var dx []float32
		if i > 0 || needInput {
			dx = n.grads[free][:batch*n.specs[i].In.Size()]
		}
		got := n.layers[i].backward(dy, dx, batch)
		if dx != nil && &got[0] == &dx[0] {
			free = 1 - free
		}
		dy = got
	}
	return dy
}
