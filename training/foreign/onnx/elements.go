package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/foreign/onnx/schema"
	"github.com/auscult/auscult/training/graph"
)

// operator reads a node that computes from the input, and returns its outputs.
type operator func(n *node) ([]value, error)

// operators returns those that are imported.
func operators() map[string]operator {
	return map[string]operator{
		"Conv": conv, "ConvTranspose": convTranspose, "Gemm": gemm, "MatMul": matMul,
		"MaxPool": maxPool, "AveragePool": averagePool, "GlobalAveragePool": globalPool, "GlobalMaxPool": globalPool,
		"ReduceMean": reduce, "ReduceSum": reduce, "ReduceMax": reduce, "ReduceMin": reduce, "ReduceL2": reduce,
		"ReduceSumSquare": reduce, "Resize": resize, "Upsample": resize,
		"Reshape": reshape, "Flatten": reshape, "Squeeze": reshape, "Unsqueeze": reshape, "Transpose": transpose,
		"Slice": slice, "Split": split, "Concat": concat, "Gather": gather, "Expand": expand, "Tile": tile, "Pad": pad,
		"BatchNormalization": batchNorm, "InstanceNormalization": instanceNorm, "LayerNormalization": layerNorm,
		"Add": pair(tflite.Add), "Sub": pair(tflite.Sub), "Mul": multiply, "Div": pair(tflite.Div), "Pow": power,
		"Max": fold(tflite.Maximum), "Min": fold(tflite.Minimum), "Sum": fold(tflite.Add), "Where": where,
		"Relu": single(tflite.Relu), "Sigmoid": single(tflite.Logistic), "Tanh": single(tflite.Tanh),
		"Exp": single(tflite.Exp), "Log": single(tflite.Log), "Sqrt": single(tflite.Sqrt), "Abs": single(tflite.Abs),
		"Neg": single(tflite.Neg), "HardSwish": single(tflite.HardSwish), "Erf": erf, "Gelu": gelu,
		"Elu": elu, "Selu": elu, "Celu": elu, "LeakyRelu": leaky, "PRelu": prelu,
		"HardSigmoid": hardSigmoid, "Softplus": softplus, "Mish": mish, "Swish": swish, "Softsign": softsign,
		"Clip": clip, "Softmax": softmax, "LogSoftmax": softmax, "Reciprocal": reciprocal,
		"Identity": same, "Dropout": same, "Cast": castComputed, "IsNaN": isNaN, "Not": comparison(tflite.LogicalNot),
		"Greater": comparison(tflite.Greater), "GreaterOrEqual": comparison(tflite.GreaterEqual),
		"Less": comparison(tflite.Less), "LessOrEqual": comparison(tflite.LessEqual),
		"Equal": comparison(tflite.Equal), "And": comparison(tflite.LogicalAnd), "Or": comparison(tflite.LogicalOr),
		"RandomNormalLike": silence, "RandomUniformLike": silence, "RandomNormal": silence, "RandomUniform": silence,
		"LSTM": lstm, "GRU": gru, "RNN": rnn,
	}
}

// of computes each value from one.
func (n *node) of(op tflite.Op, x *graph.Value) *graph.Value { return n.r.g.Add(op, nil, x.Shape, x) }

// add adds a value of the same shape.
func (n *node) add(a, b *graph.Value) *graph.Value {
	return n.r.g.Add(tflite.Add, tflite.AddOptions{}, a.Shape, a, b)
}

// mul multiplies by a value of the same shape.
func (n *node) mul(a, b *graph.Value) *graph.Value {
	return n.r.g.Add(tflite.Mul, tflite.MulOptions{}, a.Shape, a, b)
}

// single reads an operator that computes each value from one.
func single(op tflite.Op) operator {
	return func(n *node) ([]value, error) {
		x := n.x(0)
		return one(n.of(op, x))
	}
}

// pair reads an operator on two values.
func pair(op tflite.Op) operator {
	return func(n *node) ([]value, error) {
		y, err := n.r.g.Binary(op, n.x(0), n.x(1))
		if err != nil {
			return nil, err
		}
		return one(y)
	}
}

// fold reads an operator on two values or more.
func fold(op tflite.Op) operator {
	return func(n *node) ([]value, error) {
		y := n.x(0)
		for i := 1; i < len(n.in); i++ {
			var err error
			if y, err = n.r.g.Binary(op, y, n.x(i)); err != nil {
				return nil, err
			}
		}
		return one(y)
	}
}

func same(n *node) ([]value, error) { return n.in[:1], nil }

// silence stands for random numbers, of which the mean is 0.
func silence(n *node) ([]value, error) {
	shape := n.numbers("shape")
	if n.has(0) {
		shape = n.in[0].shape()
	}
	if err := n.room(shape); err != nil {
		return nil, err
	}
	return []value{{known: &array{shape: shape, v: make([]float64, graph.Size(shape))}}}, nil
}

// multiply reads a product, and x times its hard sigmoid as the one operator that this is.
func multiply(n *node) ([]value, error) {
	for i, name := range n.GetInput()[:2] {
		m := n.r.makers[name]
		if m == nil || m.GetOpType() != "HardSigmoid" || m.GetInput()[0] != n.GetInput()[1-i] {
			continue
		}
		h := &node{NodeProto: m}
		if math.Abs(float64(h.float("alpha", 0.2))*6-1) < 1e-6 && h.float("beta", 0.5) == 0.5 {
			x := n.x(1 - i)
			return one(n.of(tflite.HardSwish, x))
		}
	}
	return pair(tflite.Mul)(n)
}

func power(n *node) ([]value, error) {
	x := n.x(0)
	if n.in[1].known == nil || len(n.in[1].known.v) != 1 {
		return nil, errors.New("an exponent that is not one number is not imported")
	}
	switch e := n.in[1].known.v[0]; e {
	case 1:
		return one(x)
	case 2:
		return one(n.mul(x, x))
	case 3:
		y := n.mul(x, x)
		return one(n.mul(y, x))
	case 0.5:
		return one(n.of(tflite.Sqrt, x))
	case -0.5:
		return one(n.of(tflite.Rsqrt, x))
	default:
		return nil, fmt.Errorf("the exponent %g is not imported", e)
	}
}

func reciprocal(n *node) ([]value, error) {
	x := n.x(0)
	one1 := graph.Floats("one", nil, []float32{1})
	y, err := n.r.g.Binary(tflite.Div, one1, x)
	if err != nil {
		return nil, err
	}
	return one(y)
}

// where reads a choice that is known, or one that guards a softplus against overflow.
func where(n *node) ([]value, error) {
	if m := n.r.makers[n.GetInput()[0]]; n.in[0].known == nil && m != nil && m.GetOpType() == "Greater" {
		other := n.r.makers[n.GetInput()[2]]
		if other != nil && other.GetOpType() == "Softplus" && m.GetInput()[0] == n.GetInput()[1] {
			return n.in[2:3], nil
		}
	}
	shape := n.x(0).Shape
	for i := 1; i < 3; i++ {
		var err error
		if shape, err = graph.Broadcast(shape, n.x(i).Shape); err != nil {
			return nil, err
		}
	}
	return one(n.r.g.Add(tflite.SelectV2, nil, shape, n.x(0), n.x(1), n.x(2)))
}

// comparison reads an operator that says whether something holds, of two values or of one.
func comparison(op tflite.Op) operator {
	return func(n *node) ([]value, error) {
		if op == tflite.LogicalNot {
			return one(n.of(op, n.x(0)))
		}
		return pair(op)(n)
	}
}

// isNaN reads what tells numbers from what is none: a value is the same as itself only if it is one.
func isNaN(n *node) ([]value, error) {
	x := n.x(0)
	return one(n.r.g.Add(tflite.NotEqual, nil, x.Shape, x, x))
}

// castComputed reads what says whether something holds as 1 or 0; other types are all float32 here.
func castComputed(n *node) ([]value, error) {
	if op, ok := n.x(0).Operator(); ok && graph.Says(op) {
		return one(n.of(tflite.Cast, n.x(0)))
	}
	return same(n)
}

func leaky(n *node) ([]value, error) {
	x := n.x(0)
	options := tflite.LeakyReluOptions{Alpha: n.float("alpha", 0.01)}
	return one(n.r.g.Add(tflite.LeakyRelu, options, x.Shape, x))
}

// elu reads ELU and those that are ELU with factors: scale*(max(x, 0) + alpha*(exp(min(x, 0)/celu) - 1)).
func elu(n *node) ([]value, error) {
	x, g := n.x(0), n.r.g
	alpha, scale, narrow := n.float("alpha", 1), float32(1), float32(1)
	switch n.GetOpType() {
	case "Selu":
		alpha, scale = n.float("alpha", 1.6732632), n.float("gamma", 1.0507010)
	case "Celu":
		narrow = alpha
	}
	if alpha == 1 && narrow == 1 {
		return one(g.Affine(n.of(tflite.Elu, x), []float32{scale}, []float32{0}))
	}
	high := n.of(tflite.Relu, x)
	// ELU of what is below 0: exp(x) - 1.
	below := g.Add(tflite.Minimum, nil, x.Shape, x, graph.Floats("zero", nil, []float32{0}))
	low := n.of(tflite.Elu, g.Affine(below, []float32{1 / narrow}, []float32{0}))
	y := n.add(high, g.Affine(low, []float32{alpha}, []float32{0}))
	return one(g.Affine(y, []float32{scale}, []float32{0}))
}

func prelu(n *node) ([]value, error) {
	slope, err := n.weights(1)
	if err != nil {
		return nil, err
	}
	x := n.x(0)
	// The slopes are broadcast from the left where they have one for each channel.
	if rank := len(x.Shape); len(slope.v) > 1 && len(slope.shape) < rank && rank > 1 && len(slope.v) == x.Shape[1] &&
		slope.shape[0] == x.Shape[1] {
		slope = slope.reshaped(append([]int{len(slope.v)}, slices.Repeat([]int{1}, rank-2)...)...)
	}
	if len(slope.v) == 1 {
		return one(n.r.g.Add(tflite.LeakyRelu, tflite.LeakyReluOptions{Alpha: float32(slope.v[0])}, x.Shape, x))
	}
	return one(n.r.g.Add(tflite.Prelu, nil, x.Shape, x, slope.value(n.GetInput()[1])))
}

// hardSigmoid is clamp(alpha*x + beta, 0, 1).
func hardSigmoid(n *node) ([]value, error) {
	x := n.r.g.Affine(n.x(0), []float32{6 * n.float("alpha", 0.2)}, []float32{6 * n.float("beta", 0.5)})
	return one(n.r.g.Affine(n.of(tflite.Relu6, x), []float32{1.0 / 6}, []float32{0}))
}

// softplusOf is log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
func (n *node) softplusOf(x *graph.Value) *graph.Value {
	g := n.r.g
	e := n.of(tflite.Exp, g.Affine(n.of(tflite.Abs, x), []float32{-1}, []float32{0}))
	low := n.of(tflite.Log, g.Affine(e, []float32{1}, []float32{1}))
	return n.add(n.of(tflite.Relu, x), low)
}

func softplus(n *node) ([]value, error) { return one(n.softplusOf(n.x(0))) }

func mish(n *node) ([]value, error) {
	x := n.x(0)
	t := n.of(tflite.Tanh, n.softplusOf(x))
	return one(n.mul(x, t))
}

func swish(n *node) ([]value, error) {
	x := n.x(0)
	s := n.of(tflite.Logistic, n.r.g.Affine(x, []float32{n.float("alpha", 1)}, []float32{0}))
	return one(n.mul(x, s))
}

func softsign(n *node) ([]value, error) {
	x := n.x(0)
	d := n.r.g.Affine(n.of(tflite.Abs, x), []float32{1}, []float32{1})
	return one(n.r.g.Add(tflite.Div, tflite.DivOptions{}, x.Shape, x, d))
}

func gelu(n *node) ([]value, error) {
	x := n.x(0)
	options := tflite.GeluOptions{Approximate: n.text("approximate", "none") == "tanh"}
	return one(n.r.g.Add(tflite.Gelu, options, x.Shape, x))
}

// erf is read as part of GELU only, see withoutErf.
func erf(*node) ([]value, error) {
	return nil, errors.New("an error function that is no part of GELU is not imported")
}

func clip(n *node) ([]value, error) {
	x := n.x(0)
	low, high := math.Inf(-1), math.Inf(1)
	if a := n.attribute("min"); a != nil {
		low = float64(a.GetF())
	}
	if a := n.attribute("max"); a != nil {
		high = float64(a.GetF())
	}
	for i, at := range []*float64{&low, &high} {
		if !n.has(1 + i) {
			continue
		}
		known := n.in[1+i].known
		if known == nil || len(known.v) != 1 {
			return nil, errors.New("limits that are computed are not imported")
		}
		*at = known.v[0]
	}
	const most = math.MaxFloat32
	switch {
	case low == 0 && high >= most:
		return one(n.of(tflite.Relu, x))
	case low == 0 && high == 6:
		return one(n.of(tflite.Relu6, x))
	case low == -1 && high == 1:
		return one(n.of(tflite.ReluN1To1, x))
	}
	if low > -most {
		x = n.r.g.Add(tflite.Maximum, nil, x.Shape, x, graph.Floats("lowest", nil, []float32{float32(low)}))
	}
	if high < most {
		x = n.r.g.Add(tflite.Minimum, nil, x.Shape, x, graph.Floats("highest", nil, []float32{float32(high)}))
	}
	return one(x)
}

func softmax(n *node) ([]value, error) {
	x := n.x(0)
	rank := len(x.Shape)
	otherwise := -1
	if n.r.opset < 13 {
		otherwise = 1
	}
	at, err := axis(n.number("axis", otherwise), rank)
	if err != nil {
		return nil, err
	}
	if n.r.opset < 13 && graph.Size(x.Shape[at+1:]) != 1 {
		return nil, errors.New("over several dimensions it is not imported")
	}
	order := make([]int, rank)
	for d := range order {
		order[d] = d
	}
	order[at], order[rank-1] = rank-1, at
	y := n.r.g.Transpose(x, order...)
	if n.GetOpType() == "Softmax" {
		y = n.r.g.Add(tflite.Softmax, tflite.SoftmaxOptions{Beta: 1}, y.Shape, y)
	} else {
		y = n.of(tflite.LogSoftmax, y)
	}
	return one(n.r.g.Transpose(y, order...))
}

// withoutErf puts GELU in the place of x * (1 + erf(x/sqrt(2))) / 2, in whichever order it is multiplied.
func withoutErf(nodes []*schema.NodeProto) []*schema.NodeProto {
	makers, takers := map[string]*schema.NodeProto{}, map[string][]*schema.NodeProto{}
	for _, n := range nodes {
		for _, out := range n.GetOutput() {
			makers[out] = n
		}
		for _, in := range n.GetInput() {
			takers[in] = append(takers[in], n)
		}
	}
	replaced, dropped := map[*schema.NodeProto]*schema.NodeProto{}, map[*schema.NodeProto]bool{}
	for _, n := range nodes {
		if n.GetOpType() == "Erf" && len(n.GetInput()) == 1 && len(n.GetOutput()) == 1 {
			if last, x := geluOf(n, makers, takers); last != nil {
				op := "Gelu"
				dropped[n] = true
				replaced[last] = &schema.NodeProto{
					OpType: &op, Name: last.Name, Input: []string{x}, Output: last.GetOutput(), //nolint:protogetter // a copy
				}
			}
		}
	}
	if len(replaced) == 0 {
		return nodes
	}
	nodes = slices.Clone(nodes)
	for i, n := range nodes {
		if by := replaced[n]; by != nil {
			nodes[i] = by
		}
	}
	return used(nodes, dropped)
}

// used leaves out nodes and those that take their results.
func used(nodes []*schema.NodeProto, dropped map[*schema.NodeProto]bool) []*schema.NodeProto {
	gone := map[string]bool{}
	return slices.DeleteFunc(nodes, func(n *schema.NodeProto) bool {
		isGone := dropped[n] || slices.ContainsFunc(n.GetInput(), func(in string) bool { return gone[in] })
		if isGone {
			for _, out := range n.GetOutput() {
				gone[out] = true
			}
		}
		return isGone
	})
}

// geluOf returns the last node of a GELU that an error function is part of, and what the GELU is of.
func geluOf(e *schema.NodeProto, makers map[string]*schema.NodeProto, takers map[string][]*schema.NodeProto,
) (last *schema.NodeProto, x string) {
	scaled := makers[e.GetInput()[0]]
	if scaled == nil || len(scaled.GetInput()) != 2 || scaled.GetOpType() != "Div" && scaled.GetOpType() != "Mul" {
		return nil, ""
	}
	only := func(n *schema.NodeProto) *schema.NodeProto {
		if t := takers[n.GetOutput()[0]]; len(t) == 1 && len(t[0].GetOutput()) == 1 {
			return t[0]
		}
		return nil
	}
	sum := only(e)
	if sum == nil || sum.GetOpType() != "Add" {
		return nil, ""
	}
	for _, x = range scaled.GetInput() {
		if last := productBy(x, sum, only, makers); last != nil {
			return last, x
		}
	}
	return nil, ""
}

// productBy returns the last of the multiplications behind a node, two by x and a half or one by x/2, nil
// where there are none.
func productBy(x string, sum *schema.NodeProto, only func(*schema.NodeProto) *schema.NodeProto,
	makers map[string]*schema.NodeProto,
) *schema.NodeProto {
	at, byX := sum, false
	for range 2 {
		next := only(at)
		if next == nil || next.GetOpType() != "Mul" {
			break
		}
		at = next
		for _, in := range at.GetInput() {
			if in == x {
				byX = true
			} else if m := makers[in]; m != nil && m.GetOpType() == "Mul" && slices.Contains(m.GetInput(), x) {
				return at
			}
		}
	}
	if byX && at != sum {
		return at
	}
	return nil
}
