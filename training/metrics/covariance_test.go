package metrics

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestLedoitWolf compares with scikit-learn 1.9.1, LedoitWolf(assume_centered=True).covariance_.
func TestLedoitWolf(t *testing.T) {
	got := LedoitWolf(mat.NewDense(6, 3, []float64{1, 2, 0, -1, -1, 1, 2, 3, -1, -2, -2, 0.5, 0.5, -1, 1, -0.5, -1, -1.5}))
	want := [][]float64{
		{1.8295058501369184, 1.477615965480043, -0.3125726080823168},
		{1.477615965480043, 2.909302132603104, -0.5114824495892457},
		{-0.3125726080823168, -0.5114824495892457, 1.2611920172599786},
	}
	for i, row := range want {
		for k, v := range row {
			if math.Abs(got.At(i, k)-v) > 1e-12 {
				t.Errorf("%d, %d: %.15g, want %.15g", i, k, got.At(i, k), v)
			}
		}
	}
	// One row says nothing of how columns vary together.
	if one := LedoitWolf(mat.NewDense(1, 2, []float64{3, 0})); one.At(0, 1) != 0 {
		t.Errorf("of one row: %v", mat.Formatted(one))
	}
}
