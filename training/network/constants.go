package network

// DefaultLearningRate is that of a Config that names none.
const DefaultLearningRate = 1e-3

// What an engine of another program must have in common with this package to train as it does.
const (
	NormEpsilon  = normEpsilon
	NormMomentum = normMomentum
	AdamBeta1    = adamBeta1
	AdamBeta2    = adamBeta2
	AdamEpsilon  = adamEpsilon
	MaxLogVar    = maxLogVar
)
