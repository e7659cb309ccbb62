package matrix

import "math"

// Product says what to multiply: C(i,j) = Init(j) + sum over k of A(i,k)*B(k,j),
// where the segments give the ks.
type Product struct {
	A     []float32
	Rows  []int32 // offset of each row of A
	StepA int     // values from k to k+1
	Segs  []Seg   // each with N > 0; none leaves Init

	// B is packed if Depth is not 0, and B's offsets count rows of the panels;
	// else they count values, and StepB is the distance from k to k+1. What is
	// not packed must have a multiple of NR columns.
	B     []float32
	Depth int // rows that were packed
	StepB int

	C    []float32
	Outs []int32 // offset of each row of C
	// From and To are the columns to compute; From is a multiple of NR.
	From, To int
	// Init has a value for each column, from column 0 on; nil means 0.
	Init []float32
	// Add starts at C's own values instead.
	Add bool
	// Clamp limits C to Low to High; NaN stays.
	Clamp     bool
	Low, High float32
}

// fewRows is up to how many rows that no tile has are computed one by one.
const fewRows = 3

// Mul computes a product. Sums run in the order of k.
func (im *Impl) Mul(w *Work, p *Product) {
	mr, nr := im.MR, im.NR
	w.a, w.segs, w.stepA = p.A, p.Segs, 4*p.StepA
	packed := p.Depth > 0
	w.stepB, w.unitB = 4*p.StepB, 4
	if packed {
		w.stepB, w.unitB = 4*nr, 4*nr
	}
	w.lo, w.hi = float32(math.Inf(-1)), float32(math.Inf(1))
	if p.Clamp {
		w.lo, w.hi = p.Low, p.High
	}
	tiled := len(p.Rows) / mr * mr // rows that are computed by whole tiles
	from := p.From
	if rest := len(p.Rows) - tiled; packed && p.Init != nil && !p.Add && im.row != nil && rest <= fewRows {
		im.rows(w, p, tiled)
		if tiled == 0 {
			from += (p.To - from) / nr * nr
		}
	}
	for j := from; j < p.To; j += nr {
		cols := min(nr, p.To-j)
		w.b = p.B[j:]
		if packed {
			w.b = p.B[j*p.Depth : (j+nr)*p.Depth]
		}
		w.start(p, j, cols, nr)
		i := 0
		if cols == nr {
			w.c = p.C[j:]
			for ; i+mr <= len(p.Rows); i += mr {
				w.rows, w.outs = p.Rows[i:i+mr], p.Outs[i:i+mr]
				im.tile(w)
			}
			if w.panels > 0 {
				continue
			}
		}
		for ; i < len(p.Rows); i += mr {
			w.atEdge(im, p, i, j, cols)
		}
	}
	w.a, w.b, w.c, w.rows, w.outs, w.segs, w.init = nil, nil, nil, nil, nil, nil, nil // keep nothing alive
	w.panels = 0
}

// rows computes all whole panels of the rows from first on, one by one, and leaves their number.
func (im *Impl) rows(w *Work, p *Product, first int) {
	w.panels, w.panelB = (p.To-p.From)/im.NR, 4*im.NR*p.Depth
	if w.panels == 0 {
		return
	}
	end := p.From + w.panels*im.NR
	w.b, w.c, w.init = p.B[p.From*p.Depth:end*p.Depth], p.C[p.From:], p.Init[p.From:end]
	for i := first; i < len(p.Rows); i++ {
		w.rows, w.outs = p.Rows[i:i+1], p.Outs[i:i+1]
		im.row(w)
	}
}

// start says at what the sums of nr columns from j begin, of which there are cols.
func (w *Work) start(p *Product, j, cols, nr int) {
	switch {
	case p.Add:
		w.init = nil
	case p.Init != nil && cols == nr:
		w.init = p.Init[j : j+nr]
	default:
		w.init = w.edgeInit[:nr]
		clear(w.init)
		if p.Init != nil {
			copy(w.init, p.Init[j:j+cols])
		}
	}
}

// edgeOuts are the rows of Work.edge for each tile width.
var edgeOuts = func() (outs [maxNR + 1][maxMR]int32) {
	for nr := range outs {
		for i := range outs[nr] {
			outs[nr][i] = int32(i * nr)
		}
	}
	return outs
}()

// atEdge computes a tile of fewer rows or columns through a whole one of its
// own. Missing rows repeat the last one.
func (w *Work) atEdge(im *Impl, p *Product, i, j, cols int) {
	rows, nr := min(im.MR, len(p.Rows)-i), im.NR
	for r := range w.edgeRows {
		w.edgeRows[r] = p.Rows[i+min(r, rows-1)]
	}
	w.rows, w.outs, w.c = w.edgeRows[:im.MR], edgeOuts[nr][:im.MR], w.edge[:]
	if p.Add {
		for r := range rows {
			copy(w.edge[r*nr:], p.C[int(p.Outs[i+r])+j:][:cols])
		}
	}
	if im.row != nil && w.init != nil && rows <= fewRows {
		whole := w.panels
		w.panels = 1
		for r := range rows {
			w.rows, w.outs = w.edgeRows[r:r+1], edgeOuts[nr][r:r+1]
			im.row(w)
		}
		w.panels = whole
	} else {
		im.tile(w)
	}
	for r := range rows {
		copy(p.C[int(p.Outs[i+r])+j:][:cols], w.edge[r*nr:])
	}
}

// PackedLen returns the length of depth rows of n columns after packing.
func (im *Impl) PackedLen(depth, n int) int { return depth * im.Padded(n) }

// Padded returns n rounded up to whole panels.
func (im *Impl) Padded(n int) int { return (n + im.NR - 1) / im.NR * im.NR }

// Matrix is a matrix of K rows and N columns where it lies: its element (r,c) is
// V[r*StepK+c*StepN].
type Matrix struct {
	V            []float32
	K, N         int
	StepK, StepN int
}

// Pack writes b as the rows from k0 of a packed matrix of depth rows. Missing
// columns of the last panel become 0.
func (im *Impl) Pack(dst []float32, depth, k0 int, b *Matrix) {
	nr := im.NR
	for j := 0; j < b.N; j += nr {
		panel := dst[j*depth+k0*nr:][:b.K*nr]
		cols := min(nr, b.N-j)
		if cols < nr {
			clear(panel)
		}
		if b.StepN == 1 {
			for r := range b.K {
				copy(panel[r*nr:], b.V[r*b.StepK+j:][:cols])
			}
			continue
		}
		b.packColumns(panel, nr, j, cols)
	}
}

// packColumns writes the cols columns from j to a panel nr wide, one by one.
func (b *Matrix) packColumns(panel []float32, nr, j, cols int) {
	strideK := b.StepK
	// Some rows at a time: what they write stays in the cache.
	for r0 := 0; r0 < b.K; r0 += packRows {
		rows := min(packRows, b.K-r0)
		for c := range cols {
			src := b.V[(j+c)*b.StepN+r0*strideK:]
			at := r0*nr + c
			if strideK == 1 {
				for _, v := range src[:rows] {
					panel[at] = v
					at += nr
				}
				continue
			}
			for r := range rows {
				panel[at] = src[r*strideK]
				at += nr
			}
		}
	}
}

// packRows is how many rows of a panel are written together.
const packRows = 32
