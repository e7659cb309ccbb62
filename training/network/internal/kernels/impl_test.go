package kernels

import (
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/tflite/matrix"
)

// eachImpl runs f with every family that this processor has.
func eachImpl(t *testing.T, f func(t *testing.T, im *Impl)) {
	t.Helper()
	for _, m := range matrix.Impls() {
		im := of(m)
		if im.Missing != "" {
			t.Logf("%s: needs %s", im.Name, im.Missing)
			continue
		}
		t.Run(im.Name, func(t *testing.T) { f(t, im) })
	}
}

func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.Float64()*2 - 1)
	}
	return x
}
