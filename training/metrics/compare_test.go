package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

type compareGolden struct {
	PR []struct {
		Name                         string
		Average                      float64
		Precision, Recall, Bootstrap []float64
	}
	Pairs []struct {
		Name      string
		NormalA   []float64 `json:"normal_a"`
		AbnormalA []float64 `json:"abnormal_a"`
		NormalB   []float64 `json:"normal_b"`
		AbnormalB []float64 `json:"abnormal_b"`
		AUCA      float64   `json:"auc_a"`
		AUCB      float64   `json:"auc_b"`
		Bootstrap []float64
		Ahead     float64
	}
	DCASE struct {
		Clips [][]any
		Parts []float64
		Score float64
	}
	Gumbels []struct {
		X, Y, Length, P, Quantiles []float64
		Loc, Scale, KS             float64
		LocY                       float64 `json:"loc_y"`
		ScaleY                     float64 `json:"scale_y"`
	}
	Poisson [][2]float64
}

func readCompare(t *testing.T) compareGolden {
	t.Helper()
	raw, err := os.ReadFile("testdata/compare.json")
	if err != nil {
		t.Fatal(err)
	}
	var g compareGolden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	got := [...]int{len(g.PR), len(g.Pairs), len(g.DCASE.Parts), len(g.Gumbels), len(g.Poisson)}
	if want := [...]int{6, 4, 12, 3, 5}; got != want {
		t.Fatalf("the golden file has %d cases, want %d", got, want)
	}
	return g
}

func TestPrecisionRecallAgainstScikitLearn(t *testing.T) {
	sets := readGolden(t).Cases
	for i, want := range readCompare(t).PR {
		c := sets[i]
		n, err := newCounts(c.Normal, c.Abnormal)
		if err != nil || c.Name != want.Name {
			t.Fatal(c.Name, want.Name, err)
		}
		near(t, c.Name+" average precision", n.averagePrecision(), want.Average, 1e-12)
		points, err := PrecisionRecall(c.Normal, c.Abnormal)
		if err != nil || len(points) != len(want.Recall) {
			t.Fatalf("%s: %d points, want %d (%v)", c.Name, len(points), len(want.Recall), err)
		}
		for k, p := range points {
			near(t, c.Name+" recall", p.Recall, want.Recall[k], 1e-12)
			near(t, c.Name+" precision", p.Precision, want.Precision[k], 1e-12)
		}
		r, err := Evaluate(c.Normal, c.Abnormal, c.Threshold, 1)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.Name+" PR-AUC", *r.PRAUC, want.Average, 1e-12)
		if r.PRAUCInterval.Method == methodBootstrap {
			near(t, c.Name+" low", r.PRAUCInterval.Low, want.Bootstrap[0], 0.03)
			near(t, c.Name+" high", r.PRAUCInterval.High, want.Bootstrap[1], 0.03)
		}
	}
	if _, err := newCounts(nil, []float64{1}); !errors.Is(err, ErrOneClass) {
		t.Errorf("one class: %v", err)
	}
	if _, err := PrecisionRecall([]float64{1}, nil); !errors.Is(err, ErrOneClass) {
		t.Errorf("one class: %v", err)
	}
}

func TestCompareAgainstScikitLearn(t *testing.T) {
	for _, c := range readCompare(t).Pairs {
		a, b := Scores{c.NormalA, c.AbnormalA}, Scores{c.NormalB, c.AbnormalB}
		d, err := Compare(a, b, 1)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.Name+" A", d.A, c.AUCA, 1e-12)
		near(t, c.Name+" B", d.B, c.AUCB, 1e-12)
		near(t, c.Name+" difference", d.Value, c.AUCA-c.AUCB, 1e-12)
		near(t, c.Name+" low", d.Interval.Low, c.Bootstrap[0], 0.01)
		near(t, c.Name+" high", d.Interval.High, c.Bootstrap[1], 0.01)
		near(t, c.Name+" ahead", d.Ahead, c.Ahead, 0.03)
		if want := c.Name == "better" || c.Name == "worse"; d.Settled() != want {
			t.Errorf("%s: settled is %v with %+v", c.Name, d.Settled(), d.Interval)
		}
		back, err := Compare(b, a, 1)
		if err != nil || back.Interval.Low != -d.Interval.High && math.Abs(back.Interval.Low+d.Interval.High) > 1e-12 {
			t.Errorf("%s: the other way round %+v, %v", c.Name, back, err)
		}
	}
}

func TestCompareAtTheLimit(t *testing.T) {
	perfect := Scores{[]float64{1, 2, 3}, []float64{4, 5, 6}}
	d, err := Compare(perfect, perfect, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Six clips do not show that two perfect detectors are alike.
	if d.Value != 0 || d.Settled() || d.Interval.Method != methodBounds {
		t.Errorf("differ by %g, settled %t by %s", d.Value, d.Settled(), d.Interval.Method)
	}
	if !(d.Interval.Low < -0.1) || d.Interval.High != -d.Interval.Low {
		t.Errorf("between %g and %g", d.Interval.Low, d.Interval.High)
	}
	if _, err := Compare(perfect, Scores{[]float64{1, 2}, []float64{4, 5, 6}}, 1); err == nil ||
		!strings.Contains(err.Error(), "same clips") {
		t.Errorf("other clips: %v", err)
	}
	if _, err := Compare(Scores{nil, perfect.Abnormal}, Scores{nil, perfect.Abnormal}, 1); !errors.Is(err, ErrOneClass) {
		t.Errorf("one class: %v", err)
	}
	if _, err := Compare(perfect, Scores{[]float64{1, 2, math.NaN()}, []float64{4, 5, 6}}, 1); err == nil {
		t.Error("no number: no error")
	}
}

func TestOfficialScoreAgainstScikitLearn(t *testing.T) {
	g := readCompare(t).DCASE
	var samples []Sample
	for _, c := range g.Clips {
		samples = append(samples, Sample{
			Machine: c[0].(string), Section: c[1].(string), Domain: c[2].(string),
			Abnormal: c[3].(float64) == 1, Score: c[4].(float64),
		})
	}
	o, err := OfficialScore(samples)
	if err != nil || len(o.Parts) != len(g.Parts) || len(o.Left) != 0 {
		t.Fatalf("%+v, %v", o, err)
	}
	for i, p := range o.Parts {
		near(t, p.Machine+p.Section+p.Domain+p.Measure, p.Value, g.Parts[i], 1e-12)
	}
	near(t, "official score", o.Score, g.Score, 1e-12)

	o, err = OfficialScore(append(samples, Sample{Machine: "valve", Score: 1}))
	if err != nil || len(o.Left) != 1 || !strings.Contains(o.Left[0], "valve") || math.Abs(o.Score-g.Score) > 1e-12 {
		t.Errorf("a machine without faults: %+v, %v", o.Left, err)
	}
	if _, err := OfficialScore(nil); !errors.Is(err, ErrOneClass) {
		t.Errorf("nothing: %v", err)
	}
	if v, err := HarmonicMean([]float64{0.5, 0}); v != 0 || err != nil {
		t.Errorf("with a 0: %v, %v", v, err)
	}
	for _, bad := range [][]float64{nil, {-1}, {1.5}, {math.NaN()}} {
		if _, err := HarmonicMean(bad); err == nil {
			t.Errorf("%v has a mean", bad)
		}
	}
}

func TestGumbelAgainstSciPy(t *testing.T) {
	for _, c := range readCompare(t).Gumbels {
		g, err := FitGumbel(c.X, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "location", g.Location, c.Loc, 1e-5*c.Scale)
		near(t, "scale", g.Scale/c.Scale, 1, 1e-5)
		golden := Gumbel{c.Loc, c.Scale}
		for i, p := range c.P {
			near(t, "quantile", golden.Exceeded(-math.Log(p)), c.Quantiles[i], 1e-9)
			near(t, "cdf", golden.CDF(c.Quantiles[i], 1), p, 1e-12)
		}
		near(t, "KS", KolmogorovSmirnov(c.X, func(x float64) float64 { return golden.CDF(x, 1) }), c.KS, 1e-12)
		g, err = FitGumbel(c.Y, c.Length)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "location of unequal blocks", g.Location, c.LocY, 1e-5*c.ScaleY)
		near(t, "scale of unequal blocks", g.Scale/c.ScaleY, 1, 1e-5)
	}
	for name, x := range map[string][2][]float64{
		"one": {{1}}, "alike": {{2, 2}}, "NaN": {{1, math.NaN()}}, "lengths": {{1, 2}, {1}}, "length 0": {{1, 2}, {1, 0}},
	} {
		if g, err := FitGumbel(x[0], x[1]); err == nil {
			t.Errorf("%s: fits %+v", name, g)
		}
	}
	if !math.IsNaN(KolmogorovSmirnov(nil, nil)) {
		t.Error("nothing has a distance")
	}
}

func TestPoissonAgainstSciPy(t *testing.T) {
	for _, c := range readCompare(t).Poisson {
		near(t, "upper limit", PoissonUpper(int(c[0]), 0.95), c[1], 1e-9*c[1])
	}
	if !math.IsNaN(PoissonUpper(-1, 0.9)) || !math.IsNaN(PoissonUpper(1, 1)) {
		t.Error("an upper limit of nothing")
	}
}
