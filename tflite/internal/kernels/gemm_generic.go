package kernels

import "math/bits"

// Generic is the family in plain Go, which every processor runs.
var Generic = &Impl{
	Name: "generic", gemm: []*gemmRoutine{genericGemm}, depthwise: []*depthwiseRoutine{genericDepthwise},
}

var (
	genericGemm      = &gemmRoutine{width: 4, group: 1, rows: 1, weightBytes: 1}
	genericDepthwise = &depthwiseRoutine{channels: 1}
)

// inPairs says whether the processor multiplies 64 bits as fast as 32: then one
// multiplication serves two outputs.
const inPairs = bits.UintSize == 64

// lanes is what four outputs multiply one input with: w0 + w1<<32 and w2 + w3<<32 as
// signed sums. Of a sum of x times such a lane, the low half is the sum of x*w0
// modulo 2^32, and the high half that of x*w1 plus the low half's borrow.
type lanes [2]int64

// packLanes makes lanes of weights, [panel][input][4].
func packLanes(weights []int8) []lanes {
	packed := make([]lanes, len(weights)/4)
	for i := range packed {
		w := weights[4*i:][:4]
		packed[i] = lanes{int64(w[0]) + int64(w[1])<<32, int64(w[2]) + int64(w[3])<<32}
	}
	return packed
}

// unpair gives the two sums of a sum of lanes.
func unpair(sum int64) (low, high int32) {
	low = int32(sum)
	return low, int32((sum - int64(low)) >> 32)
}

// generic computes rows one by one, four outputs at a time, so that each input loaded
// serves several products.
func (g *Gemm) generic(out, in []int8, outs, rows []int32) {
	n := len(g.taps) * g.count
	for o := 0; o < g.outputs; o += 4 {
		k := min(4, g.outputs-o)
		bias := g.bias[o:][:4]
		for i, row := range rows {
			var s [4]int32
			if inPairs {
				s = g.sumPairs(g.lanes[o/4*n:][:n], in[row:])
			} else {
				s = g.sum(g.weights[o*n:][:4*n], in[row:])
			}
			dst := out[int(outs[i])+o:][:k]
			for j := range dst {
				dst[j] = g.code(o+j, bias[j]+s[j])
			}
		}
	}
}

// sumPairs sums four outputs of one row.
func (g *Gemm) sumPairs(w []lanes, in []int8) [4]int32 {
	var a, b int64
	for _, t := range g.taps {
		x := in[t:][:g.count]
		q := w[:len(x)]
		for i, v := range x {
			l := &q[i] // a copy would go through memory
			a += int64(v) * l[0]
			b += int64(v) * l[1]
		}
		w = w[len(x):]
	}
	var s [4]int32
	s[0], s[1] = unpair(a)
	s[2], s[3] = unpair(b)
	return s
}

// sum is sumPairs for 32 bits.
func (g *Gemm) sum(w, in []int8) [4]int32 {
	var a0, a1, a2, a3 int32
	for _, t := range g.taps {
		for i, v := range in[t:][:g.count] {
			q := (*[4]int8)(w[4*i:])
			x := int32(v)
			a0 += x * int32(q[0])
			a1 += x * int32(q[1])
			a2 += x * int32(q[2])
			a3 += x * int32(q[3])
		}
		w = w[4*g.count:]
	}
	return [4]int32{a0, a1, a2, a3}
}
