package tflitetest

import "github.com/auscult/auscult/tflite"

// reduce makes MEAN and its like over some dimensions; of an image often over its positions, as networks end.
func (g *generator) reduce(op tflite.Op) {
	var x int
	var dims []int
	if g.bool() {
		x, dims = g.image(), []int{1, 2}
	} else {
		x = g.codes()
		rank := len(g.shape(x))
		dims = g.Perm(rank)[:g.between(1, rank)]
	}
	s := g.shape(x)
	along, n := make([]bool, len(s)), 1
	for i, d := range dims {
		along[d] = true
		n *= s[d]
		dims[i] = g.negated(d, len(s))
	}
	p := tflite.ReducerOptions{KeepDims: g.bool()}
	var want []int
	for i, d := range s {
		if !along[i] {
			want = append(want, d)
		} else if p.KeepDims {
			want = append(want, 1)
		}
	}
	q := g.quant(x)
	switch op {
	case tflite.Mean:
		if g.bool() {
			q = g.near(q, 8)
		}
	case tflite.Sum:
		q = g.near(q, 8)
		q.Scale *= float32(n)
	}
	g.Output(g.Op(op, 2, p, g.Activation(q, want...), x, g.ints(dims...)))
}
