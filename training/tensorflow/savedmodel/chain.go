package savedmodel

import (
	"fmt"

	npb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/node_def_go_proto"

	"github.com/auscult/auscult/training/network"
)

// layer is a layer of package network in the making.
type layer struct {
	spec network.Spec
	w, b []float64 // in nn's layouts; b always, where there is a w
}

// chain are layers in the making. What factors and offsets do to each value waits in
// scale and offset for weights that can take it up.
type chain struct {
	layers        []layer
	at            network.Shape
	scale, offset []float64 // of each value of a sample; nil: 1 and 0
}

// constant is a value that does not depend on the input.
type constant struct {
	shape  []int
	values []float32
}

// shapeOf returns the shape of a sample in a batch of one.
func shapeOf(dims []int64) (network.Shape, error) {
	if len(dims) < 2 || len(dims) > 4 || dims[0] != 1 {
		return network.Shape{}, fmt.Errorf(
			"its values have the shape %v: needs a batch of rows, of rows and columns, or of pictures", dims)
	}
	s := network.Shape{H: 1, W: 1, C: 1}
	switch d := dims[1:]; len(d) {
	case 1:
		s.C = int(d[0])
	case 2:
		s.H, s.W = int(d[0]), int(d[1])
	default:
		s = network.Shape{H: int(d[0]), W: int(d[1]), C: int(d[2])}
	}
	return s, nil
}

// add appends what a node does to the chain. dims is the shape of its output, by the
// node's constant inputs, nil for the one that is data.
func (c *chain) add(n *npb.NodeDef, dims []int64, inputs []*constant) error {
	to, err := shapeOf(dims)
	if err != nil {
		return err
	}
	switch n.GetOp() {
	case "Identity", "StopGradient", "PlaceholderWithDefault", "EnsureShape":
		return nil
	case "Reshape", "Squeeze", "ExpandDims":
		c.reshape(to)
		return nil
	case "Relu":
		return c.activation(network.ReLU)
	case "Sigmoid":
		return c.activation(network.Sigmoid)
	case "MatMul", "Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput":
		return c.linear(n, to, inputs)
	}
	scale, offset, err := affine(n, dims, inputs)
	if err != nil {
		return err
	}
	return c.affine(scale, offset)
}

// reshape changes the shape; only between layers it needs one.
func (c *chain) reshape(to network.Shape) {
	if to == c.at {
		return
	}
	if n := len(c.layers); n > 0 && c.layers[n-1].spec.Kind == network.Reshape {
		c.layers[n-1].spec.Out = to
	} else if n > 0 {
		c.layers = append(c.layers, layer{spec: network.Spec{Kind: network.Reshape, In: c.at, Out: to}})
	}
	c.at = to
}

func (c *chain) activation(kind network.Kind) error {
	if c.scale != nil {
		return fmt.Errorf("it follows a normalisation that has no layer with weights before it")
	}
	c.layers = append(c.layers, layer{spec: network.Spec{Kind: kind, In: c.at, Out: c.at}})
	return nil
}

// linear appends a layer with weights.
func (c *chain) linear(n *npb.NodeDef, to network.Shape, inputs []*constant) error {
	attr := n.GetAttr()
	var weights *constant
	for _, in := range inputs {
		if in != nil && len(in.shape) > 1 {
			weights = in
		}
	}
	if weights == nil {
		return fmt.Errorf("its weights are not constant")
	}
	l := layer{spec: network.Spec{In: c.at, Out: to, Bias: true}, b: make([]float64, to.C)}
	if n.GetOp() == "MatMul" {
		l.spec.Kind = network.Dense
		if attr["transpose_a"].GetB() {
			return fmt.Errorf("it transposes its input")
		}
		l.w = wide(weights.values)
		if attr["transpose_b"].GetB() {
			l.w = transposed(l.w, weights.shape[1])
		}
		if c.at.H != 1 || c.at.W != 1 {
			return fmt.Errorf("it multiplies %v by a matrix: flatten that first", c.at)
		}
	} else {
		stride := attr["strides"].GetList().GetI()
		k := weights.shape[0]
		switch format := string(attr["data_format"].GetS()); {
		case len(weights.shape) != 4 || k != weights.shape[1]:
			return fmt.Errorf("its kernel has the shape %v: needs as many rows as columns", weights.shape)
		case format != "NHWC" && format != "":
			return fmt.Errorf("its data format is %s: needs channels last", format)
		case len(stride) != 4 || stride[0] != 1 || stride[3] != 1 || stride[1] != stride[2]:
			return fmt.Errorf("its strides are %v: need the same along both axes", stride)
		case string(attr["padding"].GetS()) != "SAME" && (k > 1 || stride[1] > 1):
			return fmt.Errorf("its padding is %s: needs \"same\"", attr["padding"].GetS())
		}
		for _, d := range attr["dilations"].GetList().GetI() {
			if d != 1 {
				return fmt.Errorf("its kernel is dilated by %d", d)
			}
		}
		l.spec.Kernel, l.spec.Stride, l.w = k, int(stride[1]), wide(weights.values)
		switch n.GetOp() {
		case "Conv2D":
			l.spec.Kind = network.Conv2D
			if weights.shape[2] != c.at.C {
				return fmt.Errorf("its channels are in groups of %d", weights.shape[2])
			}
		case "DepthwiseConv2dNative":
			l.spec.Kind = network.DepthwiseConv2D
			if weights.shape[3] != 1 {
				return fmt.Errorf("it makes %d channels of each: needs 1", weights.shape[3])
			}
		default:
			l.spec.Kind = network.ConvTranspose2D
			l.w = transposed(l.w, weights.shape[3])
		}
	}
	if err := l.take(c.scale, c.offset); err != nil {
		return err
	}
	c.scale, c.offset = nil, nil
	c.layers = append(c.layers, l)
	c.at = to
	return nil
}

// take puts what is done to each input into the weights.
func (l *layer) take(scale, offset []float64) error {
	if scale == nil {
		return nil
	}
	in, out := l.spec.In.C, l.spec.Out.C
	perChannel, ok := byChannel(scale, in)
	offsets, also := byChannel(offset, in)
	if !ok || !also {
		return fmt.Errorf("a normalisation before it treats places differently")
	}
	if l.spec.Kernel > 1 && !all(offsets, 0) {
		return fmt.Errorf("a normalisation before it moves values, also the zeros around pictures: put the normalisation behind it, or scale the data")
	}
	// To which input and output a weight belongs, by nn's layouts.
	belongs := func(i int) (from, to int) { return i / out % in, i % out }
	switch l.spec.Kind {
	case network.ConvTranspose2D:
		belongs = func(i int) (int, int) { return i / (len(l.w) / in), i % out }
	case network.DepthwiseConv2D:
		belongs = func(i int) (int, int) { return i % out, i % out }
	}
	for i, w := range l.w {
		from, to := belongs(i)
		l.w[i] = w * perChannel[from]
		if !all(offsets, 0) {
			l.b[to] += w * offsets[from]
		}
	}
	return nil
}

// affine multiplies each value and adds to it.
func (c *chain) affine(scale, offset []float64) error {
	if n := len(c.layers); n > 0 && c.layers[n-1].w != nil {
		l := &c.layers[n-1]
		factors, ok := byChannel(scale, c.at.C)
		offsets, also := byChannel(offset, c.at.C)
		if !ok || !also {
			return fmt.Errorf("it treats places differently")
		}
		// The output channel is the fastest axis in every layout.
		for i := range l.w {
			l.w[i] *= factors[i%c.at.C]
		}
		for i := range l.b {
			l.b[i] = l.b[i]*factors[i] + offsets[i]
		}
		return nil
	}
	if c.scale == nil {
		c.scale, c.offset = scale, offset
		return nil
	}
	for i := range scale {
		c.scale[i] *= scale[i]
		c.offset[i] = c.offset[i]*scale[i] + offset[i]
	}
	return nil
}

// byChannel returns the values of the first place, if those of the others are alike.
func byChannel(values []float64, channels int) ([]float64, bool) {
	for i, v := range values {
		if v != values[i%channels] {
			return nil, false
		}
	}
	return values[:channels], true
}

func all(values []float64, want float64) bool {
	for _, v := range values {
		if v != want {
			return false
		}
	}
	return true
}

// network ends the chain.
func (c *chain) network() (*network.Network, error) {
	if c.scale != nil {
		return nil, fmt.Errorf("a normalisation follows the last layer with weights and an activation")
	}
	layers := c.layers
	if n := len(layers); n > 0 && layers[n-1].spec.Kind == network.Reshape {
		layers = layers[:n-1]
	}
	var specs []network.Spec
	for _, l := range layers {
		specs = append(specs, l.spec)
	}
	net, err := network.New(specs, 0)
	if err != nil {
		return nil, err
	}
	for i, l := range layers {
		w := net.Weights(i)
		if len(w.W) != len(l.w) || len(w.Bias) != len(l.b) {
			return nil, fmt.Errorf("layer %d (%v): %d weights and %d offsets, need %d and %d",
				i, l.spec.Kind, len(l.w), len(l.b), len(w.W), len(w.Bias))
		}
		narrow(w.W, l.w)
		narrow(w.Bias, l.b)
	}
	return net, nil
}

func wide(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func narrow(dst []float32, src []float64) {
	for i, v := range src {
		dst[i] = float32(v)
	}
}

// transposed returns the transpose of a matrix with that many columns.
func transposed(m []float64, columns int) []float64 {
	rows := len(m) / columns
	out := make([]float64, len(m))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = m[r*columns+c]
		}
	}
	return out
}
