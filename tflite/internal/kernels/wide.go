package kernels

import "math"

// Layers whose activations are int16 and whose weights are int8 (16x8). Zero points are 0, so that padding is what is
// left out. Plain Go computes them, in every family.

// WideLayer is what such a layer multiplies its inputs with, and how it maps the sums to codes.
type WideLayer struct {
	Weights []int8
	Bias    []int64 // one for each output channel
	Requant WideRequant
}

// WideRequant maps sums to codes of int16, by Fixed or by Double.
type WideRequant struct {
	Fixed    []Multiplier // one for each output channel
	Double   []float64    // likewise; halves go away from zero
	Narrow   bool         // sums have 32 bits, and wrap, since the bias has as many; else 64
	Upward   int          // of narrow sums: so many first channels round halves upwards, as TFLite's vectors do
	Min, Max int32
}

// code maps one sum of a channel.
func (r *WideRequant) code(channel int, sum int64) int16 {
	if r.Narrow {
		sum = int64(int32(sum))
	}
	var v int32
	switch {
	case r.Double != nil:
		v = toInt32(math.Round(float64(float64(sum) * r.Double[channel])))
	case r.Narrow && channel < r.Upward:
		v = r.Fixed[channel].ApplyUpward(int32(sum))
	case r.Narrow:
		v = r.Fixed[channel].ApplySum(int32(sum))
	default:
		v = r.Fixed[channel].ApplyWide(sum)
	}
	return int16(min(max(v, r.Min), r.Max))
}

// WideConv is CONV_2D or FULLY_CONNECTED of int16.
type WideConv struct {
	Sliding
	WideLayer
	segments []wideSegment // scratch: of one position
	halt
}

// wideSegment is a run of inputs and the first of the weights that it meets.
type wideSegment struct{ in, weight, n int }

// NewWideConv makes the convolution with weights [out.C, H, W, in.C].
func NewWideConv(g Sliding, l WideLayer) *WideConv {
	return &WideConv{Sliding: g, WideLayer: l, segments: make([]wideSegment, 0, WideSegments(g))}
}

// WideSegments is how many segments a position of a convolution has at most.
func WideSegments(g Sliding) int {
	segments, _ := g.segments(g.In.C)
	return segments
}

// NewWideDense makes FULLY_CONNECTED of rows of inputs, with weights [outputs, inputs].
func NewWideDense(rows, inputs int, l WideLayer) *WideConv {
	return NewWideConv(dense(rows, inputs, len(l.Bias)), l)
}

// Run computes the output image from the input image.
func (k *WideConv) Run(out, in []int16) {
	size := k.H * k.W * k.In.C
	for range k.In.Batch {
		for oy := range k.Out.H {
			if k.halted() {
				return
			}
			for ox := range k.Out.W {
				k.place(oy, ox)
				for c := range k.Out.C {
					sum := k.Bias[c]
					weights := k.Weights[c*size:][:size]
					for _, s := range k.segments {
						sum += wideDot(weights[s.weight:][:s.n], in[s.in:][:s.n])
					}
					out[c] = k.Requant.code(c, sum)
				}
				out = out[k.Out.C:]
			}
		}
		in = in[k.In.elements():]
	}
}

// place lists the segments of a position that lie within the image.
func (k *WideConv) place(oy, ox int) {
	k.segments = k.segments[:0]
	for ky := range k.H {
		y := oy*k.StrideH - k.PadTop + ky*k.DilationH
		if y < 0 || y >= k.In.H {
			continue
		}
		left := ox*k.StrideW - k.PadLeft
		if k.DilationW == 1 || k.W == 1 {
			first, last := max(left, 0), min(left+k.W, k.In.W)
			if first < last {
				k.segments = append(k.segments, wideSegment{
					in: (y*k.In.W + first) * k.In.C, weight: (ky*k.W + first - left) * k.In.C, n: (last - first) * k.In.C,
				})
			}
			continue
		}
		for kx := range k.W {
			if x := left + kx*k.DilationW; x >= 0 && x < k.In.W {
				k.segments = append(k.segments, wideSegment{(y*k.In.W + x) * k.In.C, (ky*k.W + kx) * k.In.C, k.In.C})
			}
		}
	}
}

// wideBlock is how many products of int8 and int16 four sums of 32 bits hold between them: each stays below 2^29.
const wideBlock = 4 * 128

// wideDot adds the products of as many weights as inputs.
func wideDot(w []int8, x []int16) (sum int64) {
	w = w[:len(x)]
	for len(x) > wideBlock {
		sum += wideDotBlock(w[:wideBlock], x[:wideBlock])
		w, x = w[wideBlock:], x[wideBlock:]
	}
	return sum + wideDotBlock(w, x)
}

func wideDotBlock(w []int8, x []int16) int64 {
	var a, b, c, d int32
	for len(x) >= 4 && len(w) >= 4 {
		a += int32(w[0]) * int32(x[0])
		b += int32(w[1]) * int32(x[1])
		c += int32(w[2]) * int32(x[2])
		d += int32(w[3]) * int32(x[3])
		w, x = w[4:], x[4:]
	}
	for i, v := range x {
		a += int32(w[i]) * int32(v)
	}
	return int64(a) + int64(b) + int64(c) + int64(d)
}

// WideDepthwise is DEPTHWISE_CONV_2D of int16, with weights [H, W, out.C].
type WideDepthwise struct {
	Sliding
	WideLayer
	sums []int64 // scratch: of one position
	halt
}

// NewWideDepthwise makes the convolution.
func NewWideDepthwise(g Sliding, l WideLayer) *WideDepthwise {
	return &WideDepthwise{Sliding: g, WideLayer: l, sums: make([]int64, g.Out.C)}
}

// Run computes the output image from the input image.
func (k *WideDepthwise) Run(out, in []int16) {
	for range k.In.Batch {
		for oy := range k.Out.H {
			if k.halted() {
				return
			}
			for ox := range k.Out.W {
				copy(k.sums, k.Bias)
				k.position(in, oy, ox)
				for c, sum := range k.sums {
					out[c] = k.Requant.code(c, sum)
				}
				out = out[k.Out.C:]
			}
		}
		in = in[k.In.elements():]
	}
}

// position adds the products of one position.
func (k *WideDepthwise) position(in []int16, oy, ox int) {
	multiplier := k.Out.C / k.In.C
	for ky := range k.H {
		y := oy*k.StrideH - k.PadTop + ky*k.DilationH
		if y < 0 || y >= k.In.H {
			continue
		}
		for kx := range k.W {
			x := ox*k.StrideW - k.PadLeft + kx*k.DilationW
			if x < 0 || x >= k.In.W {
				continue
			}
			weights := k.Weights[(ky*k.W+kx)*k.Out.C:][:k.Out.C]
			for c, v := range in[(y*k.In.W+x)*k.In.C:][:k.In.C] {
				sums := k.sums[c*multiplier:][:multiplier]
				for m, w := range weights[c*multiplier:][:multiplier] {
					sums[m] += int64(int32(w) * int32(v))
				}
			}
		}
	}
}

// WideTransposeConv is TRANSPOSE_CONV of int16, with weights [out.C, H, W, in.C].
type WideTransposeConv struct {
	Sliding // over the output
	WideLayer
	sums []int64 // scratch: of one image
	halt
}

// NewWideTransposeConv makes the convolution.
func NewWideTransposeConv(g Sliding, l WideLayer) *WideTransposeConv {
	return &WideTransposeConv{Sliding: g, WideLayer: l, sums: make([]int64, g.Out.elements())}
}

// WideTransposeConvBytes gives the memory that NewWideTransposeConv takes.
func WideTransposeConvBytes(g Sliding) int64 {
	return 8 * int64(g.Out.H) * int64(g.Out.W) * int64(g.Out.C)
}

// Run computes the output image from the input image.
func (k *WideTransposeConv) Run(out, in []int16) {
	for range k.In.Batch {
		for at := 0; at < len(k.sums); at += k.Out.C {
			copy(k.sums[at:], k.Bias)
		}
		for iy := range k.In.H {
			if k.halted() {
				return
			}
			for ix := range k.In.W {
				k.spread(in[(iy*k.In.W+ix)*k.In.C:][:k.In.C], iy, ix)
			}
		}
		for at := 0; at < len(k.sums); at += k.Out.C {
			for c := range k.Out.C {
				out[at+c] = k.Requant.code(c, k.sums[at+c])
			}
		}
		out, in = out[len(k.sums):], in[k.In.elements():]
	}
}

// spread adds what one position of the input gives.
func (k *WideTransposeConv) spread(x []int16, iy, ix int) {
	for ky := range k.H {
		oy := iy*k.StrideH - k.PadTop + ky
		if oy < 0 || oy >= k.Out.H {
			continue
		}
		for kx := range k.W {
			ox := ix*k.StrideW - k.PadLeft + kx
			if ox < 0 || ox >= k.Out.W {
				continue
			}
			for c := range k.Out.C {
				weights := k.Weights[((c*k.H+ky)*k.W+kx)*k.In.C:]
				k.sums[(oy*k.Out.W+ox)*k.Out.C+c] += wideDot(weights[:len(x)], x)
			}
		}
	}
}
