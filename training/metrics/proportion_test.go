package metrics

import (
	"math"
	"testing"
)

// TestProportion compares with statsmodels 0.14.4's proportion_confint(k, n, method="wilson").
func TestProportion(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{8, 8, 0.675592435116, 1}, {0, 6, 0, 0.390334287902}, {5, 10, 0.236593090513, 0.763406909487},
		{1, 100, 0.001767432064, 0.054486196179},
	} {
		got := Proportion(c.k, c.n)
		if math.Abs(got.Low-c.low) > 1e-9 || math.Abs(got.High-c.high) > 1e-9 {
			t.Errorf("%d of %d: %.10f to %.10f, want %g to %g", c.k, c.n, got.Low, got.High, c.low, c.high)
		}
	}
	for _, bad := range [][2]int{{0, 0}, {2, 1}, {-1, 3}} {
		if got := Proportion(bad[0], bad[1]); got != nil {
			t.Errorf("%v: %v", bad, got)
		}
	}
}

// TestPoissonCount compares with SciPy 1.14.1's chi2.ppf(.025, 2k)/2 and chi2.ppf(.975, 2k+2)/2.
func TestPoissonCount(t *testing.T) {
	for k, want := range map[int][2]float64{
		0: {0, 3.688879454114}, 1: {0.025317807984, 5.571643390939}, 10: {4.795388696132, 18.390356042018},
	} {
		if got := PoissonCount(k); math.Abs(got.Low-want[0]) > 1e-8 || math.Abs(got.High-want[1]) > 1e-8 {
			t.Errorf("%d: %.10f to %.10f, want %v", k, got.Low, got.High, want)
		}
	}
}

// TestBandsHoldTheirCurves also where the curve is perfect.
func TestBandsHoldTheirCurves(t *testing.T) {
	for _, c := range [][2][]float64{
		{{1, 2, 3}, {4, 5, 6, 7}}, {{1, 2, 3, 5}, {2, 4, 5, 6}}, {{5, 6}, {1, 2}}, {{1}, {1}},
	} {
		points, err := ROC(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		lower, upper := ROCBand(points, len(c[0]), len(c[1]))
		for _, edge := range [][]Point{lower, upper} {
			for i := 1; i < len(edge); i++ {
				if edge[i].FPR < edge[i-1].FPR || edge[i].TPR < edge[i-1].TPR {
					t.Errorf("the edge %v falls", edge)
				}
			}
		}
		for i, p := range points {
			lo, hi := lower[i+2], upper[i+1]
			if lo.FPR < p.FPR || lo.TPR > p.TPR || hi.FPR > p.FPR || hi.TPR < p.TPR {
				t.Errorf("%v lies outside %v to %v", p, lo, hi)
			}
		}
		if last := lower[len(lower)-1]; last.TPR >= 1 {
			t.Errorf("the lower edge reaches %v", last)
		}
		pr, err := PrecisionRecall(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		at, intervals := PRBand(pr, len(c[1]))
		for i, p := range at {
			if p.Precision < intervals[i].Low || p.Precision > intervals[i].High || intervals[i].Low == intervals[i].High {
				t.Errorf("%v lies outside %v", p, intervals[i])
			}
		}
	}
}
