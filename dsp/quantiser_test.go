package dsp

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestQuantiseRule compares with the documented rule in big integers.
func TestQuantiseRule(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, bounds := range [][2]float64{
		{-80, 40}, {-200, 100}, {0, 1}, {-99.9, -31.7}, {-1e-7, 1}, {-200, -199}, {99, 100},
	} {
		p := DefaultProfile()
		p.MinDB, p.MaxDB = bounds[0], bounds[1]
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		q := NewQuantiser(p)
		low, high := int64(math.Round(bounds[0]*(1<<20))), int64(math.Round(bounds[1]*(1<<20)))
		span := high - low
		var levels []DB
		for range 2000 {
			levels = append(levels, DB(low+rng.Int64N(span+1)))
		}
		for code := range int64(256) {
			// Both sides of each border, and the code's own level.
			border := low + (span*(2*code+1))/510
			levels = append(levels, DB(border-1), DB(border), DB(border+1), DB(low+span*code/255))
		}
		levels = append(levels, DB(low), DB(high), DB(low-1), DB(high+1), math.MinInt32, math.MaxInt32)
		codes := make([]int8, len(levels))
		q.Quantise(codes, levels)
		for i, level := range levels {
			x := max(min(int64(level), high), low) - low
			n := big.NewInt(255*x + span/2)
			want := n.Div(n, big.NewInt(span)).Int64() - 128
			if int64(codes[i]) != want {
				t.Fatalf("%g to %g dB, level %d: code %d, want %d", bounds[0], bounds[1], level, codes[i], want)
			}
		}
	}
}

// dbOf returns the level in decibels that a code stands for.
func dbOf(q *Quantiser, code int8) float64 {
	return q.min.Float64() + (q.max-q.min).Float64()/255*(float64(code)+128)
}

func TestQuantiseInvertsDBOf(t *testing.T) {
	q := NewQuantiser(DefaultProfile())
	if low, high := dbOf(q, -128), dbOf(q, 127); low != -80 || math.Abs(high-40) > 1e-12 {
		t.Errorf("ends %g and %g", low, high)
	}
	for code := math.MinInt8; code <= math.MaxInt8; code++ {
		got := make([]int8, 1)
		q.Quantise(got, []DB{DB(math.Round(dbOf(q, int8(code)) * (1 << 20)))})
		if int(got[0]) != code {
			t.Errorf("code %d became %d", code, got[0])
		}
	}
}
