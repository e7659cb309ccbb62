package detect

// Observation is what a detector may know of some seconds of sound. All slices
// have one element per band, lowest band first.
type Observation struct {
	ResidualDB  []float64 // level of the mean squared residual, dB re one code²
	MeanDB      []float64 // mean over time of the band's level
	DeviationDB []float64 // standard deviation over time of the band's level
	Power       []uint64  // sum over frames of the band's power, see Powers
	Frames      int       // frames that the last three describe

	// Of models with such outputs: means over windows.
	Divergence float64   // nats
	Embedding  []float64 // without a unit
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
