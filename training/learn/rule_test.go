package learn

import (
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/pumptest"
)

// TestDecisionByQuantiles: they are NumPy's quantiles of the scores, with the alarm's k of n and no slower scales.
func TestDecisionByQuantiles(t *testing.T) {
	s := scored{lengths: []int{50, 51}, periodS: 2, surprises: 4}
	for i := range 101 {
		s.scores = append(s.scores, float64(i)/100)
	}
	for rule, want := range map[ThresholdRule]float64{P95: 0.95, P99: 0.99} {
		d, err := s.decisionBy(rule)
		if err != nil || math.Abs(d.Threshold-want) > 1e-12 || d.Scales != nil || d.K != alarmK || d.N != alarmN ||
			!strings.HasPrefix(d.Method, string(rule)+" of 101 cross-fitted observations") {
			t.Errorf("%s: %+v, %v", rule, d, err)
		}
	}
	usual, err := s.decision()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []ThresholdRule{"", ByBudget} {
		if d, err := s.decisionBy(rule); err != nil || d.Threshold != usual.Threshold || d.Method != usual.Method {
			t.Errorf("%q: %+v, %v, want %+v", rule, d, err, usual)
		}
	}
	quiet := scored{scores: make([]float64, 100), lengths: []int{100}, periodS: 2}
	quiet.scores[98], quiet.scores[99] = 1, 1
	if _, err := quiet.decisionBy(P95); err == nil {
		t.Error("a threshold of 0")
	}
}

// TestTrace tells of the training that is shipped: what was held back came out best at the epoch whose weights are
// kept, and the rate is constant, or falls.
func TestTrace(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 5, 0, 3)
	for _, constant := range []bool{false, true} {
		o := quick(dir)
		o.Epochs, o.ValidationShare, o.Constant, o.Batch, o.Rate = 4, 0.25, constant, 8, 0.002
		out, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Loss) != 4 || len(out.Validation) != 4 || len(out.Rates) != 4 || out.BestEpoch < 1 {
			t.Fatalf("%d losses, %d held back, %d rates, best epoch %d", len(out.Loss), len(out.Validation), len(out.Rates),
				out.BestEpoch)
		}
		for i, v := range out.Validation {
			if v < out.Validation[out.BestEpoch-1] {
				t.Errorf("epoch %d came out better than %d: %v", i+1, out.BestEpoch, out.Validation)
			}
		}
		if out.Rates[0] != 0.002 || (out.Rates[3] == 0.002) != constant || !constant && out.Rates[3] >= out.Rates[2] {
			t.Errorf("constant %v: rates %v", constant, out.Rates)
		}
	}
	o := quick(dir)
	o.ValidationShare = 0.7
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "validation share") {
		t.Errorf("most of the clips held back: %v", err)
	}
}
