package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

type golden struct {
	Cases []struct {
		Name                 string
		Normal, Abnormal     []float64
		Threshold, AUC, PAUC float64
		FPR, TPR, Thresholds []float64
		TP, FP, TN, FN       int
		Precision            *float64
		Recall, F1           float64
		Quantiles            []float64
		Newcombe, Bootstrap  []float64
		BootstrapPAUC        []float64 `json:"bootstrap_pauc"`
	}
	Gammas []struct {
		X, P, Quantiles []float64
		Shape, Scale    float64
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	raw, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) != 6 || len(g.Gammas) != 4 {
		t.Fatalf("%d cases, %d gammas", len(g.Cases), len(g.Gammas))
	}
	return g
}

func near(t *testing.T, what string, got, want, bound float64) {
	t.Helper()
	if !(math.Abs(got-want) <= bound) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestEvaluateAgainstScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			r, err := Evaluate(c.Normal, c.Abnormal, c.Threshold, 1)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "AUC", *r.AUC, c.AUC, 1e-12)
			near(t, "pAUC", *r.PAUC, c.PAUC, 1e-12)
			want := Confusion{TruePositives: c.TP, FalsePositives: c.FP, TrueNegatives: c.TN, FalseNegatives: c.FN}
			if r.Confusion != want {
				t.Errorf("confusion %+v, want %+v", r.Confusion, want)
			}
			near(t, "recall", *r.Recall, c.Recall, 1e-12)
			near(t, "F1", *r.F1, c.F1, 1e-12)
			if (r.Precision == nil) != (c.Precision == nil) {
				t.Errorf("precision %v, want %v", r.Precision, c.Precision)
			} else if c.Precision != nil {
				near(t, "precision", *r.Precision, *c.Precision, 1e-12)
			}
			for i, p := range []float64{0, 0.05, 0.5, 0.99, 1} {
				near(t, "quantile", Quantile(c.Normal, p), c.Quantiles[i], 1e-12)
			}
			if c.Newcombe != nil {
				if r.AUCInterval.Method != methodNewcombe {
					t.Errorf("interval by %q", r.AUCInterval.Method)
				}
				near(t, "low", r.AUCInterval.Low, c.Newcombe[0], 1e-9)
				near(t, "high", r.AUCInterval.High, c.Newcombe[1], 1e-9)
			} else {
				near(t, "low", r.AUCInterval.Low, c.Bootstrap[0], 0.03)
				near(t, "high", r.AUCInterval.High, c.Bootstrap[1], 0.03)
				near(t, "pAUC low", r.PAUCInterval.Low, c.BootstrapPAUC[0], 0.03)
				near(t, "pAUC high", r.PAUCInterval.High, c.BootstrapPAUC[1], 0.03)
			}
			again, err := Evaluate(c.Normal, c.Abnormal, c.Threshold, 1)
			if err != nil || *again.AUCInterval != *r.AUCInterval || *again.PAUCInterval != *r.PAUCInterval {
				t.Errorf("the same seed gives %+v, then %+v (%v)", *r.AUCInterval, *again.AUCInterval, err)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestROCAgainstScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Cases {
		points, err := ROC(c.Normal, c.Abnormal)
		if err != nil {
			t.Fatal(err)
		}
		if len(points) != len(c.FPR) || points[0].Threshold != nil {
			t.Fatalf("%s: %d points, want %d", c.Name, len(points), len(c.FPR))
		}
		for i, p := range points {
			near(t, c.Name+" FPR", p.FPR, c.FPR[i], 1e-12)
			near(t, c.Name+" TPR", p.TPR, c.TPR[i], 1e-12)
			if i > 0 {
				near(t, c.Name+" threshold", *p.Threshold, c.Thresholds[i-1], 0)
			}
		}
		if _, err := json.Marshal(points); err != nil {
			t.Error(err)
		}
	}
}

func TestOneClassIsNoError(t *testing.T) {
	some := []float64{1, 2, 3}
	for name, c := range map[string]struct {
		normal, abnormal []float64
		note             string
	}{
		"no abnormal": {some, nil, "no abnormal clips"},
		"no normal":   {nil, some, "no normal clips"},
		"nothing":     {nil, nil, "no abnormal clips"},
	} {
		r, err := Evaluate(c.normal, c.abnormal, 2, 1)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r.AUC != nil || r.PAUC != nil {
			t.Errorf("%s: has an area", name)
		}
		if !strings.Contains(strings.Join(r.Notes, "\n"), c.note) {
			t.Errorf("%s: notes %q", name, r.Notes)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(raw), `"auc"`) {
			t.Errorf("%s: %s", name, raw)
		}
		if _, err := AUC(c.normal, c.abnormal); !errors.Is(err, ErrOneClass) {
			t.Errorf("%s: AUC gives %v", name, err)
		}
		if _, err := ROC(c.normal, c.abnormal); !errors.Is(err, ErrOneClass) {
			t.Errorf("%s: ROC gives %v", name, err)
		}
	}
}

func TestBadScores(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := Evaluate([]float64{1, bad}, []float64{2}, 1, 1); err == nil ||
			!strings.Contains(err.Error(), "score 2 of the normal") {
			t.Errorf("%v: %v", bad, err)
		}
		r, err := Evaluate([]float64{1}, []float64{2}, bad, 1)
		if err != nil || r.Threshold != nil || r.Precision != nil {
			t.Errorf("threshold %v: %+v, %v", bad, r, err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	}
	for _, rate := range []float64{0, -1, 1.5, math.NaN()} {
		if _, err := PartialAUC([]float64{1}, []float64{2}, rate); err == nil {
			t.Errorf("rate %v: no error", rate)
		}
	}
}

func TestGammaAgainstSciPy(t *testing.T) {
	for _, c := range readGolden(t).Gammas {
		g, err := FitGamma(c.X)
		if err != nil {
			t.Fatal(err)
		}
		// SciPy's solver stops earlier than ours.
		near(t, "shape", g.Shape/c.Shape, 1, 1e-6)
		near(t, "scale", g.Scale/c.Scale, 1, 1e-6)
		for i, p := range c.P {
			near(t, "quantile", Gamma{c.Shape, c.Scale}.Quantile(p)/c.Quantiles[i], 1, 1e-9)
			near(t, "CDF", Gamma{c.Shape, c.Scale}.CDF(c.Quantiles[i]), p, 1e-9)
		}
	}
}

func TestGammaRefuses(t *testing.T) {
	for name, x := range map[string][]float64{
		"nothing": nil, "one": {1}, "alike": {2, 2, 2}, "zero": {0, 1}, "negative": {-1, 1}, "NaN": {1, math.NaN()},
	} {
		if g, err := FitGamma(x); err == nil {
			t.Errorf("%s: fits %+v", name, g)
		}
	}
	for _, p := range []float64{0, 1, -1, math.NaN()} {
		if q := (Gamma{1, 1}).Quantile(p); !math.IsNaN(q) {
			t.Errorf("quantile %v is %v", p, q)
		}
	}
	if !math.IsNaN(Quantile(nil, 0.5)) || !math.IsNaN(Quantile([]float64{1}, 2)) {
		t.Error("quantile of nothing, or beyond 1, is a number")
	}
}
