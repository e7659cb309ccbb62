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
