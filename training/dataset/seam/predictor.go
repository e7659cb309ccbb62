package seam

// predictor says what is likely to follow samples: the sum of the last ones, each times a coefficient.
type predictor []float64 // of the last sample first

// newPredictor fits one to both recordings, by the autocorrelation of each (Levinson and Durbin); not ok where
// there is nothing to predict.
func newPredictor(parts ...[]float64) (p predictor, ok bool) {
	var r [order + 1]float64
	for _, x := range parts {
		for lag := range r {
			for i := lag; i < len(x); i++ {
				r[lag] += x[i] * x[i-lag]
			}
		}
	}
	const noise = 1e-9 // keeps what is all tones solvable
	r[0] *= 1 + noise
	if r[0] == 0 {
		return p, false
	}
	a := make([]float64, 0, order)
	power := r[0]
	for n := range order {
		k := r[n+1]
		for i, v := range a {
			k -= v * r[n-i]
		}
		k /= power
		next := make([]float64, n+1)
		for i := range a {
			next[i] = a[i] - k*a[n-1-i]
		}
		next[n] = k
		a = next
		if power *= 1 - k*k; !(power > 0) {
			return p, false
		}
	}
	return a, true
}

// miss says how far the first samples of after are from what is likely behind before.
func (p predictor) miss(before, after []float64) (m miss) {
	for n := range behind {
		likely := 0.0
		for i, c := range p {
			if k := n - 1 - i; k >= 0 {
				likely += c * after[k]
			} else {
				likely += c * before[len(before)+k]
			}
		}
		m[n] = after[n] - likely
	}
	return m
}
