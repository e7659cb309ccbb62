package mel

import (
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/dsp/dsptest"
	"github.com/auscult/auscult/dsp/internal/vector"
)

// carried returns a sum's value as two words.
func carried(s Sum) Sum { return Sum{s.Hi + s.Lo>>32, s.Lo & (1<<32 - 1)} }

// TestVectorGivesTheSameSums compares assembly and generic code over banks whose
// bands have 1 to hundreds of bins, with operands between guard pages.
func TestVectorGivesTheSameSums(t *testing.T) {
	defer func(was bool) { vector.On = was }(vector.On)
	rng := rand.New(rand.NewPCG(2, 3))
	padded := 0
	for _, length := range []int{32, 40, 50, 64, 256, 1000, 1024, 2048} {
		for _, scale := range []Scale{Slaney(), HTK(), Linear()} {
			for bands := 1; bands <= 130; bands += 1 + bands/9 {
				b, err := New(16000, length, bands, scale, 0, 8000)
				if err != nil {
					continue
				}
				if len(b.runs) > 0 {
					padded++
				}
				for _, atStart := range []bool{true, false} {
					power := dsptest.Guarded[uint64](t, length/2+1, atStart)
					got := dsptest.Guarded[Sum](t, bands, atStart)
					want := make([]Sum, bands)
					for i := range power {
						power[i] = rng.Uint64() >> rng.IntN(60)
					}
					vector.On = false
					b.Apply(want, power)
					vector.On = vector.Name != "generic"
					b.Apply(got, power)
					for i := range want {
						if carried(got[i]) != carried(want[i]) {
							t.Fatalf("length %d, band %d of %d: %v, want %v", length, i, bands, got[i], want[i])
						}
					}
				}
			}
		}
	}
	if padded < 100 {
		t.Errorf("only %d banks have weights for the assembly", padded)
	}
}
