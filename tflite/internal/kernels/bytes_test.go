package kernels

import (
	"math/rand/v2"
	"testing"
)

// TestBytes compares what kernels hold with what is said beforehand: never less.
func TestBytes(t *testing.T) { each(t, testBytes) }

func testBytes(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(11, 1))
	check := func(what string, held, prepared, scratch, staged int64) {
		t.Helper()
		if held > prepared || scratch > staged {
			t.Fatalf("%s holds %d and %d bytes, %d and %d are said", what, held, scratch, prepared, staged)
		}
	}
	for range 200 {
		g := random(r, true)
		g.channels(r, g.small.C)
		conv := Sliding{g.large, g.small, g.window}
		l := g.layer(g.weights)
		k := NewConv(im, conv, l)
		prepared, staged := ConvBytes(im, conv, l)
		check("a convolution", k.held(), prepared, int64(k.ScratchBytes()), staged)

		depth := conv
		depth.Out.C = depth.In.C
		g.channels(r, depth.Out.C)
		l = g.layer(codes(r, g.window.H*g.window.W*depth.Out.C))
		d := NewDepthwise(im, depth, l)
		prepared, staged = DepthwiseBytes(im, depth, Layer{})
		check("a depthwise convolution", d.held(), prepared, int64(d.ScratchBytes()), staged)

		g = random(r, false)
		g.channels(r, g.large.C)
		transposed := Sliding{g.small, g.large, g.window}
		g.exactly(r)
		l = g.layer(g.weights)
		k = NewTransposeConv(im, transposed, l)
		prepared, staged = TransposeConvBytes(im, transposed, l)
		check("a transposed convolution", k.held(), prepared, int64(k.ScratchBytes()), staged)
	}
}

// held counts the bytes of tables and packed weights.
func (c *Conv) held() int64 {
	n := 0
	for i := range c.phases {
		p := &c.phases[i]
		g := p.gemm
		n += len(g.weights) + 16*len(g.lanes) + len(g.last)
		n += 4 * (len(g.sums) + len(g.sumsAt))
		n += 4 * (len(g.bias) + len(g.scale) + len(g.lastAt) + len(g.taps) + len(p.rows) + len(p.outs))
	}
	return int64(n)
}

// held does not count the layer's own weights.
func (d *Depthwise) held() int64 {
	g := d.diagonal
	n := 2*len(g.pairs) + len(g.last)
	n += 4 * (len(g.bias) + len(g.scale) + len(g.lastAt) + len(g.taps) + len(g.sums) + len(d.rows) + len(d.outs))
	if g.routine != genericDepthwise {
		n += len(g.weights)
	}
	return int64(n)
}
