package detect

// ByNeighbours names the distance to remembered moments.
const ByNeighbours Name = "neighbours"

func neighbours() Kind {
	return Kind{
		Name: ByNeighbours, Needs: FromSound, Joins: true,
		Listens: "a spectrum or a restlessness that was never heard",
		New:     func() Detector { return &Neighbours{} },
	}
}

// Neighbours is the distance to the nearest remembered moments by their spectrum and its
// restlessness: for each band its mean level less the mean over all bands, then for each band
// its deviation over time, in dB.
type Neighbours struct {
	Memory `json:"neighbours"`
}

// MinFeatureStdDevDB is the least that a band's feature may be said to vary.
const MinFeatureStdDevDB = 0.25

// Validate implements Detector.
func (n *Neighbours) Validate(size Size) error { return n.validate(2*size.Bands, MinFeatureStdDevDB) }

// Details implements Detector.
func (*Neighbours) Details() int { return 0 }

// Scorer implements Detector.
func (n *Neighbours) Scorer(size Size) Score {
	features, steps := make([]float64, 2*size.Bands), make([]int32, 2*size.Bands)
	return func(o *Observation, _ Evidence) float64 {
		spectrum(features, o)
		n.steps(steps, features)
		return n.distance(steps)
	}
}

// Words implements Detector.
func (*Neighbours) Words([]float64, func(int) (lo, hi float64)) string {
	return "no remembered moment has this spectrum and restlessness"
}

// Fit implements Fitter.
func (n *Neighbours) Fit(normal *Normal) {
	features := make([][]float64, len(normal.Samples))
	for i := range features {
		features[i] = make([]float64, 2*normal.Bands())
		spectrum(features[i], &normal.Samples[i].Observation)
	}
	n.remember(normal, features, MinFeatureStdDevDB)
}

// spectrum writes an observation's 2*bands features to dst, in dB.
func spectrum(dst []float64, o *Observation) {
	bands := len(o.MeanDB)
	mean := 0.0
	for _, v := range o.MeanDB {
		mean += v
	}
	mean /= float64(bands)
	for b, v := range o.MeanDB {
		dst[b] = v - mean
	}
	copy(dst[bands:], o.DeviationDB)
}
