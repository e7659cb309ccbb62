package kernels

// pairs walks two tensors that broadcast to a third.
type pairs struct {
	outer   []pairDim // all but the innermost run, outermost first
	n       int       // length of the innermost run
	strideA int       // 0 or 1 within the run
	strideB int
	index   []int // scratch: position in outer
	offsetA int   // scratch
	offsetB int   // scratch
}

// pairDim is a dimension after those that both inputs walk alike were merged.
type pairDim struct {
	n, strideA, strideB int
}

// walksLike reports whether each input moves along both dimensions, or stands still along both.
func (d pairDim) walksLike(other pairDim) bool {
	return (d.strideA == 0) == (other.strideA == 0) && (d.strideB == 0) == (other.strideB == 0)
}

// newPairs plans how to walk inputs of shapes a and b, which broadcast to out.
func newPairs(a, b, out []int) pairs {
	var dims []pairDim // innermost first
	stepA, stepB := 1, 1
	for i := 1; i <= len(out); i++ {
		n, d := out[len(out)-i], pairDim{n: out[len(out)-i]}
		dimA, dimB := 1, 1
		if i <= len(a) {
			dimA = a[len(a)-i]
		}
		if i <= len(b) {
			dimB = b[len(b)-i]
		}
		if n == 1 {
			continue
		}
		if dimA == n {
			d.strideA = stepA
		}
		if dimB == n {
			d.strideB = stepB
		}
		stepA, stepB = stepA*dimA, stepB*dimB
		if last := len(dims) - 1; last >= 0 && dims[last].walksLike(d) {
			dims[last].n *= n
			continue
		}
		dims = append(dims, d)
	}
	if len(dims) == 0 {
		dims = []pairDim{{n: 1}}
	}
	p := pairs{n: dims[0].n, strideA: dims[0].strideA, strideB: dims[0].strideB}
	for i := len(dims) - 1; i > 0; i-- {
		p.outer = append(p.outer, dims[i])
	}
	p.index = make([]int, len(p.outer))
	return p
}

// start goes to the first run.
func (p *pairs) start() {
	p.offsetA, p.offsetB = 0, 0
	clear(p.index)
}

// advance moves to the next run.
func (p *pairs) advance() {
	for i := len(p.outer) - 1; i >= 0; i-- {
		d := &p.outer[i]
		p.index[i]++
		p.offsetA += d.strideA
		p.offsetB += d.strideB
		if p.index[i] < d.n {
			return
		}
		p.index[i] = 0
		p.offsetA -= d.n * d.strideA
		p.offsetB -= d.n * d.strideB
	}
}
