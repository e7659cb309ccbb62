package detect

import "fmt"

// ByEmbedding names the distance in an embedding.
const ByEmbedding Name = "embedding"

func embedding() Kind {
	return Kind{
		Name: ByEmbedding, Needs: FromEmbedding, Joins: true,
		Listens: "moments that the encoder places where none was",
		New:     func() Detector { return &Embedding{} },
	}
}

// Embedding is the distance to the nearest remembered moments, as an encoder places them that
// was trained to tell moments from each other.
type Embedding struct {
	Memory `json:"embedding"`
}

// MinEmbeddingStdDev is the least that an embedding's feature may be said to vary; all of
// them vary by about 1 from window to window.
const MinEmbeddingStdDev = 1.0 / 64

// MaxEmbedding is the most axes that an embedding has.
const MaxEmbedding = 512

// Validate implements Detector.
func (e *Embedding) Validate(size Size) error {
	n := len(e.Mean)
	if n < 1 || n > MaxEmbedding {
		return fmt.Errorf("%d features: must be 1 to %d", n, MaxEmbedding)
	}
	if size.Embedding > 0 && n != size.Embedding {
		return fmt.Errorf("%d features: the output has %d", n, size.Embedding)
	}
	return e.validate(n, MinEmbeddingStdDev)
}

// Details implements Detector.
func (*Embedding) Details() int { return 0 }

// Scorer implements Detector.
func (e *Embedding) Scorer(Size) Score {
	steps := make([]int32, len(e.Mean))
	return func(o *Observation, _ Evidence) float64 {
		e.steps(steps, o.Embedding)
		return e.distance(steps)
	}
}

// Words implements Detector.
func (*Embedding) Words([]float64, func(int) (lo, hi float64)) string {
	return "no remembered moment lies near in the embedding"
}

// Fit implements Fitter.
func (e *Embedding) Fit(n *Normal) {
	features := make([][]float64, len(n.Samples))
	for i := range features {
		features[i] = n.Samples[i].Embedding
	}
	e.remember(n, features, MinEmbeddingStdDev)
}
