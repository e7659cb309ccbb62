package network

import (
	"fmt"

	"github.com/auscult/auscult/tflite/matrix"
)

// geometry relates a convolution's long side (its input, a transposed
// convolution's output) to its short side.
type geometry struct {
	long, short   Shape
	kernel        int
	stride        int
	padTop        int
	padLeft       int
	patch         int // values of one patch: kernel*kernel*long.C
	positions     int // short.H*short.W
	longN, shortN int
}

func newGeometry(long, short Shape, kernel, stride int) geometry {
	g := geometry{long: long, short: short, kernel: kernel, stride: stride}
	g.padTop = padBefore(long.H, short.H, kernel, stride)
	g.padLeft = padBefore(long.W, short.W, kernel, stride)
	g.patch = kernel * kernel * long.C
	g.positions = short.H * short.W
	g.longN, g.shortN = long.Size(), short.Size()
	return g
}

// tap is one kernel row (or column) and the place that it meets.
type tap struct {
	k, at int
}

// meets returns, for each place on the short side's axis, the taps that lie
// inside the long side.
func meets(long, short, kernel, stride, pad int) [][]tap {
	all := make([][]tap, short)
	for o := range all {
		for k := range kernel {
			if at := o*stride - pad + k; at >= 0 && at < long {
				all[o] = append(all[o], tap{k, at})
			}
		}
	}
	return all
}

// meets returns, for each row and column of the short side, the taps that lie
// inside the long side.
func (g *geometry) meets() (ys, xs [][]tap) {
	return meets(g.long.H, g.short.H, g.kernel, g.stride, g.padTop),
		meets(g.long.W, g.short.W, g.kernel, g.stride, g.padLeft)
}

// met turns what meets returned round: for each place on an axis of the long side,
// the taps by which places on the short side meet it.
func met(short [][]tap, long int) [][]tap {
	all := make([][]tap, long)
	for o, taps := range short {
		for _, t := range taps {
			all[t.at] = append(all[t.at], tap{t.k, o})
		}
	}
	return all
}

// class is output positions that multiply by the same part of the kernel. Where
// padding would multiply by zero, nothing is multiplied.
type class struct {
	rows, outs []int32 // of all samples of a group, one sample after the other
	perSample  int
	segs       []matrix.Seg
}

// gather is a product whose rows are positions of a convolution.
type gather struct {
	classes    []class
	srcN, dstN int // values of one sample
	group      int // samples multiplied together
}

// groupRows is how many positions are multiplied together, about: enough to use
// a panel of weights several times, few enough to stay in the cache.
const groupRows = 256

// newGather plans the products of positions that meet src by the taps ys and xs.
// dst has one position for each pair of them, with c channels.
func newGather(ys, xs [][]tap, src Shape, c, kernel int) gather {
	g := gather{srcN: src.Size(), dstN: len(ys) * len(xs) * c, group: max(groupRows/(len(ys)*len(xs)), 1)}
	signY, signX := signatures(ys), signatures(xs)
	index := map[[2]int]int{}
	type place struct{ row, out int32 }
	var places [][]place
	for y, ty := range ys {
		for x, tx := range xs {
			key := [2]int{signY[y], signX[x]}
			i, ok := index[key]
			if !ok {
				i = len(places)
				index[key] = i
				places = append(places, nil)
				g.classes = append(g.classes, class{segs: segments(ty, tx, src, kernel)})
			}
			p := place{out: int32((y*len(xs) + x) * c)}
			if len(ty) > 0 && len(tx) > 0 {
				p.row = int32((ty[0].at*src.W + tx[0].at) * src.C)
			}
			places[i] = append(places[i], p)
		}
	}
	for i := range g.classes {
		k := &g.classes[i]
		k.perSample = len(places[i])
		for s := range g.group {
			for _, p := range places[i] {
				k.rows = append(k.rows, int32(s*g.srcN)+p.row)
				k.outs = append(k.outs, int32(s*g.dstN)+p.out)
			}
		}
	}
	return g
}

// signatures gives places that meet the same taps, up to a shift, the same
// number.
func signatures(all [][]tap) []int {
	numbers := make([]int, len(all))
	seen := map[string]int{}
	for i, taps := range all {
		key := ""
		for _, t := range taps {
			key += fmt.Sprint(t.k, t.at-taps[0].at, ";")
		}
		if _, ok := seen[key]; !ok {
			seen[key] = len(seen)
		}
		numbers[i] = seen[key]
	}
	return numbers
}

// segments lists what a position multiplies: src's channels at each pair of taps,
// as offsets from the first, with the rows of the packed kernel [row, column,
// channel]. What adjoins is joined.
func segments(ys, xs []tap, src Shape, kernel int) []matrix.Seg {
	var segs []matrix.Seg
	for _, y := range ys {
		for _, x := range xs {
			s := matrix.Seg{
				A: int32(((y.at-ys[0].at)*src.W + x.at - xs[0].at) * src.C),
				B: int32((y.k*kernel + x.k) * src.C),
				N: int32(src.C),
			}
			if n := len(segs); n > 0 && segs[n-1].A+segs[n-1].N == s.A && segs[n-1].B+segs[n-1].N == s.B {
				segs[n-1].N += s.N
				continue
			}
			segs = append(segs, s)
		}
	}
	return segs
}

// colTile is how many columns one task computes.
const colTile = 128

// tasks returns how many tasks n samples of c columns make.
func (g *gather) tasks(n, c int) int {
	return (n + g.group - 1) / g.group * ((c + colTile - 1) / colTile)
}

// task computes the part t of a walk.
func (g *gather) task(e *engine, worker, t int, walk *walk) {
	splits := (walk.channels + colTile - 1) / colTile
	lo := t / splits * g.group
	k := min(g.group, walk.n-lo)
	w := &e.workers[worker]
	p := &w.product
	p.From = t % splits * colTile
	p.To = min(p.From+colTile, walk.channels)
	p.A, p.C = walk.src[lo*g.srcN:], walk.dst[lo*g.dstN:]
	p.StepA, p.B, p.Depth = 1, walk.by.values, walk.by.depth
	p.Init, p.Add = walk.init, false
	for i := range g.classes {
		class := &g.classes[i]
		p.Rows, p.Outs, p.Segs = class.rows[:k*class.perSample], class.outs[:k*class.perSample], class.segs
		e.im.Mul(&w.Work, p)
	}
}

// copyPatches copies the patches of one sample's long side to dst
// [positions, width], with zeros outside.
func (g *geometry) copyPatches(dst, long []float32, width int) {
	c, k := g.long.C, g.kernel
	at := 0
	for oy := range g.short.H {
		for ox := range g.short.W {
			x0 := ox*g.stride - g.padLeft
			lo, hi := max(0, -x0), min(k, g.long.W-x0)
			row := dst[at : at+width]
			at += width
			clear(row)
			if lo >= hi {
				continue
			}
			for ky := range k {
				y := oy*g.stride - g.padTop + ky
				if y < 0 || y >= g.long.H {
					continue
				}
				from := (y*g.long.W + x0 + lo) * c
				copy(row[(ky*k+lo)*c:], long[from:from+(hi-lo)*c])
			}
		}
	}
}

// scatterAdd adds the patches in src [positions, patch] to one sample's long
// side: copyPatches' transpose.
func (g *geometry) scatterAdd(long, src []float32) {
	c, k := g.long.C, g.kernel
	for oy := range g.short.H {
		for ox := range g.short.W {
			x0 := ox*g.stride - g.padLeft
			lo, hi := max(0, -x0), min(k, g.long.W-x0)
			row := src[(oy*g.short.W+ox)*g.patch:]
			if lo >= hi {
				continue
			}
			for ky := range k {
				y := oy*g.stride - g.padTop + ky
				if y < 0 || y >= g.long.H {
					continue
				}
				from := (y*g.long.W + x0 + lo) * c
				to := long[from : from+(hi-lo)*c]
				for i, v := range row[(ky*k+lo)*c:][:len(to)] {
					to[i] += v
				}
			}
		}
	}
}
