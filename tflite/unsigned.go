package tflite

import "slices"

// Older converters quantise to uint8. What operators compute of such codes is what they compute of int8 when all codes
// and zero points are 128 less; so a model that computes in uint8 is changed to int8 when it is prepared, and its
// inputs and outputs at each inference. Weights then have zero points, see kernels.Layer.

// flip is the bit that tells a code of uint8 from that of int8.
const flip = 0x80

// bordering are the operators that convert uint8 themselves.
var bordering = []Op{Quantize, Dequantize, Cast}

// unsigned reports whether an operator computes in uint8, also one of a subgraph.
func (m *Model) unsigned() bool {
	for i := range m.Operators {
		o := &m.Operators[i]
		if slices.Contains(bordering, o.Op) {
			continue
		}
		for _, t := range slices.Concat(o.Inputs, o.Outputs) {
			if t >= 0 && m.Tensors[t].hasUnsignedCodes() {
				return true
			}
		}
	}
	return slices.ContainsFunc(m.Subgraphs, (*Model).unsigned)
}

// hasUnsignedCodes reports whether the elements are codes of uint8.
func (t *Tensor) hasUnsignedCodes() bool {
	return t.Type == Uint8 && t.Quant != nil && len(t.Quant.Scales) == 1 && t.Unread == ""
}

// flipUnsigned makes int8 of all codes of uint8, where there are operators that compute in such.
func (m *Model) flipUnsigned(left *budget) error {
	if !m.unsigned() {
		return nil
	}
	m.Subgraphs = slices.Clone(m.Subgraphs)
	for i, g := range m.Subgraphs {
		m.Subgraphs[i] = g.own()
		left.called[i+1] = make([]bool, len(g.Tensors))
		if err := m.Subgraphs[i].flipTensors(left, left.called[i+1]); err != nil {
			return err
		}
	}
	return m.flipTensors(left, left.flipped)
}

// flipTensors makes int8 of the codes of uint8 in one subgraph, and says of which tensors.
func (m *Model) flipTensors(left *budget, flipped []bool) error {
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if !t.hasUnsignedCodes() {
			continue
		}
		if err := left.spend(0, int64(len(t.Data))); err != nil {
			return err
		}
		if t.Data != nil {
			t.Data = slices.Clone(t.Data)
			flipAll(t.Data, t.Data)
		}
		t.Type = Int8
		t.Quant = &Quantisation{Scales: t.Quant.Scales, ZeroPoints: []int64{t.Quant.ZeroPoints[0] - flip}}
		flipped[i] = true
	}
	return nil
}

// flipAll copies codes of uint8 as int8, or back.
func flipAll(dst, src []byte) {
	for i, code := range src {
		dst[i] = code ^ flip
	}
}

// oneSign refuses operators that compute int8 of uint8, or the other way round, and are not there to convert.
func (c *checker) oneSign() {
	if slices.Contains(bordering, c.o.Op) {
		return
	}
	first := -1
	for j, t := range slices.Concat(c.o.Inputs, c.o.Outputs) {
		switch {
		case t < 0 || c.m.Tensors[t].Type != Int8 || c.m.Tensors[t].Quant == nil:
			continue
		case first < 0:
			first = t
			continue
		case c.left.flipped[t] == c.left.flipped[first]:
			continue
		}
		what, types := "input", [...]string{"int8, needs uint8", "uint8, needs int8"}
		if j >= len(c.o.Inputs) {
			what, types[1] = "output", types[1]+" or float32"
			j -= len(c.o.Inputs)
		}
		kind := types[0]
		if c.left.flipped[t] {
			kind = types[1]
		}
		c.fail("%s %d (%.40q) is %s", what, j, c.m.Tensors[t].Name, kind)
	}
}

// flipped gives the description of an input or output as the file has it.
func (t TensorInfo) flipped() TensorInfo {
	t.Type = Uint8
	t.ZeroPoint += flip
	return t
}

// outside gives the memory of an input or output that its user sees: the tensor's own, or one with codes of uint8.
// Those are copied before an inference, or after it.
func (it *Interpreter) outside(tensor []byte, flipped, isInput bool) []byte {
	if !flipped {
		return tensor
	}
	codes := make([]byte, len(tensor))
	if isInput {
		it.before = append(it.before, func() { flipAll(tensor, codes) })
	} else {
		it.after = append(it.after, func() { flipAll(codes, tensor) })
	}
	return codes
}

// widened gives weights less their zero point as the sum of parts of int8, each output's parts one behind the other;
// size is how many weights an output has.
func (c *checker) widened(weights []int8, zeroPoint int32, size int) (all []int8, parts int) {
	parts = 1
	for _, w := range weights {
		parts = max(parts, (abs(int32(w)-zeroPoint)+widest-1)/widest)
	}
	if !c.spend(0, int64(parts)*int64(len(weights))) {
		return nil, 0
	}
	all = make([]int8, 0, parts*len(weights))
	for len(weights) > 0 {
		for p := range parts {
			for _, w := range weights[:size] {
				rest := int32(w) - zeroPoint
				before := max(min(rest, int32(p*widest)), -int32(p*widest))
				all = append(all, int8(max(min(rest-before, widest), -widest)))
			}
		}
		weights = weights[size:]
	}
	return all, parts
}

// widest is the largest weight of a part: -128 has routines of its own.
const widest = 127

func abs(x int32) int {
	if x < 0 {
		return int(-x)
	}
	return int(x)
}
