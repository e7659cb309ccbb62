package kernels

// Dense multiplies a row of inputs with a matrix of weights.
type Dense struct {
	Requant
	// Weights is [outputs, inputs].
	Weights []int8
	// Bias holds one value for each output, in units of input scale times
	// weight scale, from which the input's zero point times the sum of the
	// output's weights has been subtracted.
	Bias []int32
}

// Row computes len(out) outputs from the inputs x, starting at output 0.
func (d *Dense) Row(out, x []int8) {
	n := len(x)
	w := d.Weights
	bias := d.Bias[:len(out)]
	o := 0
	// Four outputs at once load each input once.
	for ; o+4 <= len(out); o += 4 {
		w0 := w[o*n:][:n]
		w1 := w[(o+1)*n:][:n]
		w2 := w[(o+2)*n:][:n]
		w3 := w[(o+3)*n:][:n]
		a0, a1, a2, a3 := bias[o], bias[o+1], bias[o+2], bias[o+3]
		for i, v := range x {
			xi := int32(v)
			a0 += xi * int32(w0[i])
			a1 += xi * int32(w1[i])
			a2 += xi * int32(w2[i])
			a3 += xi * int32(w3[i])
		}
		out[o] = d.code(o, a0)
		out[o+1] = d.code(o+1, a1)
		out[o+2] = d.code(o+2, a2)
		out[o+3] = d.code(o+3, a3)
	}
	for ; o < len(out); o++ {
		w0 := w[o*n:][:n]
		acc := bias[o]
		for i, v := range x {
			acc += int32(v) * int32(w0[i])
		}
		out[o] = d.code(o, acc)
	}
}

// Run computes rows of outputs from rows of inputs.
func (d *Dense) Run(out, in []int8) {
	outputs := len(d.Bias)
	inputs := len(d.Weights) / outputs
	for len(out) > 0 {
		d.Row(out[:outputs], in[:inputs])
		out, in = out[outputs:], in[inputs:]
	}
}

// FoldBias subtracts from each output's bias the zero point times the sum of
// the output's weights, so that sums of x*w equal sums of (x-zeroPoint)*w.
func FoldBias(bias []int32, weights []int8, zeroPoint int32) []int32 {
	folded := make([]int32, len(bias))
	n := len(weights) / max(len(bias), 1)
	for o := range folded {
		sum := int32(0)
		for _, w := range weights[o*n : (o+1)*n] {
			sum += int32(w)
		}
		folded[o] = bias[o] - zeroPoint*sum
	}
	return folded
}
