package metrics

import "gonum.org/v1/gonum/mat"

// LedoitWolf estimates the covariance of the columns of x, whose mean is taken to be 0, when there are not
// many more rows than columns: the sample covariance is shrunk towards equal variances, as far as it seems to
// be chance (O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
// Journal of Multivariate Analysis 88, 2004).
func LedoitWolf(x *mat.Dense) *mat.SymDense {
	n, width := x.Dims()
	var s mat.SymDense
	s.SymOuterK(1/float64(n), x.T())
	mu := mat.Trace(&s) / float64(width)
	distance, noise := 0.0, 0.0
	for i := range width {
		for k := range width {
			v := s.At(i, k)
			if i == k {
				v -= mu
			}
			distance += v * v
		}
	}
	for r := range n {
		row := x.RawRowView(r)
		for i, a := range row {
			for k, b := range row {
				v := a*b - s.At(i, k)
				noise += v * v / float64(n) / float64(n)
			}
		}
	}
	shrink := 1.0
	if distance > 0 {
		shrink = min(1, noise/distance)
	}
	for i := range width {
		for k := i; k < width; k++ {
			v := (1 - shrink) * s.At(i, k)
			if i == k {
				v += shrink * mu
			}
			s.SetSym(i, k, v)
		}
	}
	return &s
}
