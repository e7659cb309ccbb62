package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/training/graph"
)

// evaluation computes what is known while reading.
type evaluation func(n *node) (*array, error)

// evaluations returns the operators that are computed where all that they take is known.
func evaluations() map[string]evaluation {
	all := map[string]evaluation{
		"Constant": constant, "ConstantOfShape": constantOfShape, "Range": rangeOf, "Cast": cast,
		"Identity": func(n *node) (*array, error) { return n.in[0].known, nil },
		"Gather":   gatherKnown, "Slice": sliceKnown, "Concat": concatKnown, "Transpose": transposeKnown,
		"Reshape": reshapeKnown, "Flatten": reshapeKnown, "Squeeze": reshapeKnown, "Unsqueeze": reshapeKnown,
		"Expand": expandKnown, "Tile": tileKnown, "Where": whereKnown,
		"ReduceProd": reduceKnown, "ReduceSum": reduceKnown, "ReduceMax": reduceKnown, "ReduceMin": reduceKnown,
		"ReduceMean": reduceKnown,
	}
	for op := range pairs {
		all[op] = pairKnown
	}
	for op := range singles {
		all[op] = singleKnown
	}
	return all
}

// pairs compute one number of two; the result is whole where both are.
var pairs = map[string]func(a, b float64) float64{
	"Add": func(a, b float64) float64 { return a + b },
	"Sub": func(a, b float64) float64 { return a - b },
	"Mul": func(a, b float64) float64 { return a * b },
	"Div": func(a, b float64) float64 { return a / b },
	"Pow": math.Pow,
	"Mod": func(a, b float64) float64 { return a - b*math.Floor(a/b) },
	"Max": math.Max, "Min": math.Min,
	"Equal":          func(a, b float64) float64 { return truth(a == b) },
	"Greater":        func(a, b float64) float64 { return truth(a > b) },
	"GreaterOrEqual": func(a, b float64) float64 { return truth(a >= b) },
	"Less":           func(a, b float64) float64 { return truth(a < b) },
	"LessOrEqual":    func(a, b float64) float64 { return truth(a <= b) },
	"And":            func(a, b float64) float64 { return truth(a != 0 && b != 0) },
	"Or":             func(a, b float64) float64 { return truth(a != 0 || b != 0) },
}

// singles compute one number of one.
var singles = map[string]func(a float64) float64{
	"Neg": func(a float64) float64 { return -a }, "Abs": math.Abs, "Sqrt": math.Sqrt, "Exp": math.Exp, "Log": math.Log,
	"Floor": math.Floor, "Ceil": math.Ceil, "Round": math.RoundToEven, "Tanh": math.Tanh,
	"Reciprocal": func(a float64) float64 { return 1 / a },
	"Not":        func(a float64) float64 { return truth(a == 0) },
	"Relu":       func(a float64) float64 { return math.Max(a, 0) },
	"Sigmoid":    func(a float64) float64 { return 1 / (1 + math.Exp(-a)) },
	"Softplus":   func(a float64) float64 { return math.Log1p(math.Exp(a)) },
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// evaluate computes a node of which all that it needs is known.
func (n *node) evaluate() (*array, error) {
	var a *array
	var err error
	switch n.GetOpType() {
	case "Shape":
		shape := n.in[0].shape()
		from, to := n.number("start", 0), n.number("end", len(shape))
		if from < 0 {
			from += len(shape)
		}
		if to < 0 {
			to += len(shape)
		}
		from, to = max(0, min(from, len(shape))), max(0, min(to, len(shape)))
		a = wholes(shape[from:max(from, to)]...)
	case "Size":
		a = scalar(float64(graph.Size(n.in[0].shape())), true)
	default:
		a, err = n.r.evaluations[n.GetOpType()](n)
	}
	if err != nil {
		return nil, err
	}
	n.r.work += len(a.v)
	return a, nil
}

func constant(n *node) (*array, error) {
	for _, a := range n.GetAttribute() {
		switch a.GetName() {
		case "value":
			return arrayOf(a.GetT(), n.r.outside)
		case "value_float":
			return scalar(float64(a.GetF()), false), nil
		case "value_int":
			return scalar(float64(a.GetI()), true), nil
		case "value_ints":
			return wholes(n.numbers("value_ints")...), nil
		case "value_floats":
			out := &array{shape: []int{len(a.GetFloats())}}
			for _, v := range a.GetFloats() {
				out.v = append(out.v, float64(v))
			}
			return out, nil
		}
	}
	return nil, errors.New("a constant of a kind that is not read")
}

func constantOfShape(n *node) (*array, error) {
	shape := n.in[0].known.ints()
	if err := n.room(shape); err != nil {
		return nil, err
	}
	of := scalar(0, false)
	if a := n.attribute("value"); a != nil {
		var err error
		if of, err = arrayOf(a.GetT(), n.r.outside); err != nil || len(of.v) != 1 {
			return nil, errors.Join(errors.New("a value of one element is needed"), err)
		}
	}
	return &array{shape: shape, whole: of.whole, v: slices.Repeat(of.v, graph.Size(shape))}, nil
}

// room checks that an array of a shape may be made.
func (n *node) room(shape []int) error {
	if err := checkShape(shape); err != nil {
		return err
	}
	if n.r.work += graph.Size(shape); n.r.work > maxWork {
		return fmt.Errorf("more than %d values are computed before the network runs", maxWork)
	}
	return nil
}

func rangeOf(n *node) (*array, error) {
	for i := range 3 {
		if len(n.in[i].known.v) != 1 {
			return nil, errors.New("a range from, to and by one number each")
		}
	}
	from, to, by := n.in[0].known.v[0], n.in[1].known.v[0], n.in[2].known.v[0]
	count := math.Ceil((to - from) / by)
	if !(count <= graph.MaxValues) {
		return nil, fmt.Errorf("a range of %g values", count)
	}
	out := &array{whole: n.in[0].known.whole}
	for i := range int(max(count, 0)) {
		out.v = append(out.v, from+float64(i)*by)
	}
	out.shape = []int{len(out.v)}
	return out, nil
}

func cast(n *node) (*array, error) {
	to := int32(n.number("to", typeFloat))
	a := n.in[0].known
	out := &array{shape: a.shape, whole: isWhole(to), v: slices.Clone(a.v)}
	for i, v := range out.v {
		switch {
		case to == typeBool:
			out.v[i] = truth(v != 0)
		case out.whole:
			out.v[i] = math.Trunc(v)
		case to == typeFloat:
			out.v[i] = float64(float32(v))
		}
	}
	return out, nil
}

func pairKnown(n *node) (*array, error) {
	out := n.in[0].known
	f := pairs[n.GetOpType()]
	for i := 1; i < len(n.in); i++ {
		b := n.in[i].known
		shape, err := graph.Broadcast(out.shape, b.shape)
		if err != nil {
			return nil, err
		}
		if err := n.room(shape); err != nil {
			return nil, err
		}
		whole := out.whole && b.whole
		x, y := out.spread(shape), b.spread(shape)
		for k := range x.v {
			x.v[k] = f(x.v[k], y.v[k])
			if whole && n.GetOpType() == "Div" {
				x.v[k] = math.Trunc(x.v[k])
			}
			if math.IsNaN(x.v[k]) && whole {
				return nil, errors.New("a division by 0")
			}
		}
		x.whole = whole
		out = x
	}
	return out, nil
}

func singleKnown(n *node) (*array, error) {
	a := n.in[0].known
	out := &array{shape: a.shape, whole: a.whole, v: make([]float64, len(a.v))}
	for i, v := range a.v {
		out.v[i] = singles[n.GetOpType()](v)
	}
	return out, nil
}

func gatherKnown(n *node) (*array, error) {
	a, places := n.in[0].known, n.in[1].known
	at, err := axis(n.number("axis", 0), len(a.shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Concat(a.shape[:at], places.shape, a.shape[at+1:])
	if err := n.room(shape); err != nil {
		return nil, err
	}
	inner, length := graph.Size(a.shape[at+1:]), a.shape[at]
	out := &array{shape: shape, whole: a.whole}
	for o := range graph.Size(a.shape[:at]) {
		for _, p := range places.ints() {
			if p, err = axis(p, length); err != nil {
				return nil, err
			}
			from := (o*length + p) * inner
			out.v = append(out.v, a.v[from:from+inner]...)
		}
	}
	return out, nil
}

func sliceKnown(n *node) (*array, error) {
	a := n.in[0].known
	s, err := n.sliced(a.shape)
	if err != nil {
		return nil, err
	}
	steps, offset := graph.Strides(a.shape), 0
	for i := range steps {
		offset += s.begin[i] * steps[i]
		steps[i] *= s.step[i]
	}
	return a.pickFrom(s.extent, steps, offset), nil
}

func splitKnown(n *node) ([]value, error) {
	a := n.in[0].known
	at, err := axis(n.number("axis", 0), len(a.shape))
	if err != nil {
		return nil, err
	}
	parts, err := n.parts(a.shape[at])
	if err != nil {
		return nil, err
	}
	var out []value
	steps, begin := graph.Strides(a.shape), 0
	for _, part := range parts {
		shape := slices.Clone(a.shape)
		shape[at] = part
		out = append(out, value{known: a.pickFrom(shape, steps, begin*steps[at])})
		begin += part
	}
	return out, nil
}

func concatKnown(n *node) (*array, error) {
	at, shape, err := n.joined()
	if err != nil {
		return nil, err
	}
	if err := n.room(shape); err != nil {
		return nil, err
	}
	out := &array{shape: shape, whole: n.in[0].known.whole}
	for o := range graph.Size(shape[:at]) {
		for _, x := range n.in {
			each := graph.Size(x.known.shape[at:])
			out.v = append(out.v, x.known.v[o*each:(o+1)*each]...)
		}
	}
	return out, nil
}

func transposeKnown(n *node) (*array, error) {
	a := n.in[0].known
	order, err := n.order(len(a.shape))
	if err != nil {
		return nil, err
	}
	return a.transposed(order...), nil
}

func reshapeKnown(n *node) (*array, error) {
	shape, err := n.newShape(n.in[0].shape())
	if err != nil {
		return nil, err
	}
	return n.in[0].known.reshaped(shape...), nil
}

func expandKnown(n *node) (*array, error) {
	a := n.in[0].known
	shape, err := graph.Broadcast(a.shape, n.in[1].known.ints())
	if err != nil {
		return nil, err
	}
	if err := n.room(shape); err != nil {
		return nil, err
	}
	return a.spread(shape), nil
}

func tileKnown(n *node) (*array, error) {
	a, times := n.in[0].known, n.in[1].known.ints()
	if len(times) != len(a.shape) {
		return nil, fmt.Errorf("%d repetitions of %d dimensions", len(times), len(a.shape))
	}
	shape := slices.Clone(a.shape)
	for i := range shape {
		if times[i] < 0 || times[i] > graph.MaxValues {
			return nil, fmt.Errorf("%d repetitions", times[i])
		}
		shape[i] *= times[i]
	}
	if err := n.room(shape); err != nil {
		return nil, err
	}
	// Each dimension as two: the repetitions of its values.
	var each, steps []int
	for i, step := range graph.Strides(a.shape) {
		each, steps = append(each, times[i], a.shape[i]), append(steps, 0, step)
	}
	return a.pickFrom(each, steps, 0).reshaped(shape...), nil
}

func whereKnown(n *node) (*array, error) {
	shape, err := graph.Broadcast(n.in[0].known.shape, n.in[1].known.shape)
	if err == nil {
		shape, err = graph.Broadcast(shape, n.in[2].known.shape)
	}
	if err != nil {
		return nil, err
	}
	if err := n.room(shape); err != nil {
		return nil, err
	}
	is, a, b := n.in[0].known.spread(shape), n.in[1].known.spread(shape), n.in[2].known.spread(shape)
	for i, v := range is.v {
		if v == 0 {
			a.v[i] = b.v[i]
		}
	}
	return a, nil
}

func reduceKnown(n *node) (*array, error) {
	a := n.in[0].known
	along, err := n.reduced(len(a.shape))
	if err != nil {
		return nil, err
	}
	kept := reducedShape(a.shape, along, true)
	steps := graph.Spread(kept, a.shape)
	out, i := make([]float64, graph.Size(kept)), 0
	seen := make([]bool, len(out))
	graph.Walk(a.shape, steps, func(at int) {
		v := a.v[i]
		i++
		switch first := !seen[at]; {
		case first:
			out[at] = v
		case n.GetOpType() == "ReduceProd":
			out[at] *= v
		case n.GetOpType() == "ReduceMax":
			out[at] = math.Max(out[at], v)
		case n.GetOpType() == "ReduceMin":
			out[at] = math.Min(out[at], v)
		default:
			out[at] += v
		}
		seen[at] = true
	})
	if n.GetOpType() == "ReduceMean" {
		for k := range out {
			out[k] /= float64(len(a.v) / max(len(out), 1))
		}
	}
	shape := reducedShape(a.shape, along, n.number("keepdims", 1) != 0)
	return &array{shape: shape, v: out, whole: a.whole}, nil
}
