package quantise

import "math"

// LayerReport is what quantisation did to one operator's output.
type LayerReport struct {
	Name   string  `json:"name"`
	Kind   string  `json:"kind"` // TFLite's name of the operator
	Scale  float32 `json:"scale"`
	Zero   int     `json:"zero_point"`
	SQNRDB float64 `json:"sqnr_db"` // signal to quantisation noise, accumulated from the input on, at most MaxSQNRDB
}

// MaxSQNRDB is what an output without any difference reads; one without any signal reads
// the negative.
const MaxSQNRDB = 200

// Report compares an int8 model with its float32 model.
type Report struct {
	Windows int           `json:"windows"`
	Layers  []LayerReport `json:"layers"`
	// Correlation of the windows' mean squared residuals, float against int8;
	// absent where one of them does not vary.
	Correlation *float64 `json:"correlation,omitempty"`
	// ScoreRatio is the mean int8 residual by the mean float residual.
	ScoreRatio float64 `json:"score_ratio"`
}

func decibels(signal, noise float64) float64 {
	if !(noise > 0) {
		return MaxSQNRDB
	}
	return max(-MaxSQNRDB, min(MaxSQNRDB, 10*math.Log10(signal/noise)))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// correlation returns Pearson's coefficient, nil where it is not defined.
func correlation(a, b []float64) *float64 {
	ma, mb := mean(a), mean(b)
	var aa, bb, ab float64
	for i := range a {
		da, db := a[i]-ma, b[i]-mb
		aa, bb, ab = aa+da*da, bb+db*db, ab+da*db
	}
	if !(aa > 0) || !(bb > 0) {
		return nil
	}
	r := ab / math.Sqrt(aa*bb)
	return &r
}
