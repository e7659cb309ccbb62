package kernels

import "math"

// Between is a place between two elements along a dimension.
type Between struct {
	First, Second int
	Share         float32 // of the second
}

// Resized says where the rows and columns of an image lie in the one that it is made of.
type Resized struct {
	In     Image
	Ys, Xs []Between
}

// Bilinear is RESIZE_BILINEAR of int8, with shares of 11 fractional bits.
type Bilinear struct{ Resized }

// shareBits are the fractional bits of a share.
const shareBits = 11

func (b Between) fixed() int32 { return int32(math.RoundToEven(float64(b.Share * (1 << shareBits)))) }

// Run computes the output image from the input image.
func (b *Bilinear) Run(out, in []int8) {
	c := b.In.C
	for range b.In.Batch {
		for _, y := range b.Ys {
			top, bottom, v := in[y.First*b.In.W*c:], in[y.Second*b.In.W*c:], y.fixed()
			for _, x := range b.Xs {
				h := x.fixed()
				tl, tr, bl, br := top[x.First*c:][:c], top[x.Second*c:][:c], bottom[x.First*c:][:c], bottom[x.Second*c:][:c]
				for i := range out[:c] {
					upper := int32(tl[i])<<shareBits + (int32(tr[i])-int32(tl[i]))*h
					lower := int32(bl[i])<<shareBits + (int32(br[i])-int32(bl[i]))*h
					sum := upper<<shareBits + (lower-upper)*v
					out[i] = int8((sum + 1<<(2*shareBits-1)) >> (2 * shareBits))
				}
				out = out[c:]
			}
		}
		in = in[b.In.elements():]
	}
}

// FloatBilinear is RESIZE_BILINEAR of float32.
type FloatBilinear struct{ Resized }

// Run computes the output image from the input image.
func (b *FloatBilinear) Run(out, in []float32) {
	c := b.In.C
	for range b.In.Batch {
		for _, y := range b.Ys {
			top, bottom := in[y.First*b.In.W*c:], in[y.Second*b.In.W*c:]
			for _, x := range b.Xs {
				tl, tr, bl, br := top[x.First*c:][:c], top[x.Second*c:][:c], bottom[x.First*c:][:c], bottom[x.Second*c:][:c]
				for i := range out[:c] {
					upper := float32(tl[i] + float32(float32(tr[i]-tl[i])*x.Share))
					lower := float32(bl[i] + float32(float32(br[i]-bl[i])*x.Share))
					out[i] = float32(upper + float32(float32(lower-upper)*y.Share))
				}
				out = out[c:]
			}
		}
		in = in[b.In.elements():]
	}
}

// tenth is one of the shares that TFLite's own kernels know.
const tenth = 1 << 10

// WideBetween is a place between two elements along a dimension, in shares of 10 bits: First and Share may lie so that
// it is beyond them.
type WideBetween struct {
	First, Second int
	Share         int32 // of the second; 1024 is all
}

// NewWideBetween gives the place that lies scale, with 10 fractional bits, times i from the start, or half a position
// from there.
func NewWideBetween(i, scale int32, half bool, size int) WideBetween {
	at := i * scale
	if half {
		at += scale/2 - tenth/2
	}
	first := max(at/tenth, 0)
	second := min((at+tenth-1)/tenth, int32(size-1))
	return WideBetween{First: int(min(first, int32(size-1))), Second: int(max(second, 0)), Share: at - tenth*first}
}

// WideBilinear is RESIZE_BILINEAR of int16.
type WideBilinear struct {
	In     Image
	Ys, Xs []WideBetween
}

// Run computes the output image from the input image.
func (b *WideBilinear) Run(out, in []int16) {
	c := b.In.C
	for range b.In.Batch {
		for _, y := range b.Ys {
			top, bottom, v := in[y.First*b.In.W*c:], in[y.Second*b.In.W*c:], int64(y.Share)
			for _, x := range b.Xs {
				h := int64(x.Share)
				tl, tr, bl, br := top[x.First*c:][:c], top[x.Second*c:][:c], bottom[x.First*c:][:c], bottom[x.Second*c:][:c]
				for i := range out[:c] {
					sum := int64(tl[i])*(tenth-v)*(tenth-h) + int64(bl[i])*v*(tenth-h) +
						int64(tr[i])*(tenth-v)*h + int64(br[i])*v*h
					if sum > 0 {
						sum += 1 << 19
					} else {
						sum -= 1 << 19
					}
					out[i] = int16(sum / (1 << 20))
				}
				out = out[c:]
			}
		}
		in = in[b.In.elements():]
	}
}
