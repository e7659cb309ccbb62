package detect

import "slices"

// Observation is what a detector may know of some seconds of sound. Slices that are not said
// to be otherwise have one element per band, lowest band first.
//
// A detector that looks at something else, such as the time between two impacts, adds a field
// here and has package model fill it; models that cannot fill it are told from others by the
// detector's Input.
type Observation struct {
	// Of the sound.
	MeanDB      []float64 // mean over time of the band's level
	DeviationDB []float64 // standard deviation over time of the band's level
	Power       []uint64  // sum over frames of the band's power, see Powers
	Frames      int       // frames that these describe
	// Motion is how the sound moves, MotionFeatures values; none where the profile has no motion.
	Motion []float64

	// Of models that restore it.
	ResidualDB      []float64 // level of the mean squared residual, dB re one code²
	SquaredResidual []float64 // mean squared residual, dB²

	// Of models with such outputs: means over windows.
	Divergence float64   // nats
	Embedding  []float64 // one element per axis, without a unit
}

// Size is how long the slices of an Observation are.
type Size struct {
	Bands     int
	Embedding int // 0: not known yet
	Motion    int // 0: there is none
}

// Input says which part of an Observation a detector needs: that of the sound, which every
// model has, or that of an output of the model, by its role in the settings.
type Input string

// Inputs.
const (
	FromSound          Input = ""
	FromMotion         Input = "motion" // a profile that has it
	FromReconstruction Input = "reconstruction"
	FromDivergence     Input = "divergence"
	FromEmbedding      Input = "embedding"
)

// Clone returns an observation that shares no memory with o.
func (o *Observation) Clone() Observation {
	c := *o
	c.MeanDB, c.DeviationDB, c.Power = slices.Clone(o.MeanDB), slices.Clone(o.DeviationDB), slices.Clone(o.Power)
	c.ResidualDB, c.SquaredResidual = slices.Clone(o.ResidualDB), slices.Clone(o.SquaredResidual)
	c.Embedding, c.Motion = slices.Clone(o.Embedding), slices.Clone(o.Motion)
	return c
}

// NewObservation returns an observation of silence that fits a size.
func NewObservation(size Size) Observation {
	return Observation{
		MeanDB: make([]float64, size.Bands), DeviationDB: make([]float64, size.Bands),
		Power:      make([]uint64, size.Bands),
		ResidualDB: make([]float64, size.Bands), SquaredResidual: make([]float64, size.Bands),
		Embedding: make([]float64, size.Embedding), Motion: make([]float64, size.Motion),
	}
}

// Powers returns the power that each int8 code stands for, by code+128, when a
// code is codeDB decibels: proportional to 10^(code*codeDB/10), the highest
// being 2^40. Codes more than 120 dB below that have no power left.
func Powers(codeDB float64) [256]uint64 {
	// e^x by its series, every step rounded on its own: math.Exp may differ in
	// its last bit between architectures. x is at most some tenths.
	const ln10 = 2.302585092994045684
	x := -float64(codeDB * ln10 / 10)
	term, ratio := 1.0, 1.0
	for i := 1; i < 40; i++ {
		term = float64(term*x) / float64(i)
		ratio += term
	}
	var table [256]uint64
	power := float64(1 << 40)
	for i := 255; i >= 0; i-- {
		table[i] = uint64(power)
		power = float64(power * ratio)
	}
	return table
}
