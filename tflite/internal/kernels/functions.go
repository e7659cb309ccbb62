package kernels

// Function is a function of one number of float32.
type Function struct {
	Of        func(x float32) float32
	Known     Named
	Low, High float32 // of Clamping
	Factor    float32 // of Leaking
}

// Named names functions that families may have routines for.
type Named int

// Functions with routines, and others.
const (
	Unnamed     Named = iota
	Clamping          // limits
	Leaking           // x, or x times a factor below 0
	Magnitude         // |x|
	Negation          // -x
	Squaring          // x * x
	Rooting           // the square root
	Exponential       // exp(x) of -87 to 87, to which x is limited
	Logistic          // 1 / (1 + exp(-x))
	Tanh
	Elu // x, or exp(x) - 1 below 0
	Floor
	RootOver1   // 1 / sqrt(x)
	HardSwished // x * clamp(x + 3, 0, 6) / 6
	functions
)

// Mapped maps every number by a function.
type Mapped struct {
	Function
	routine func(*elementArgs) // nil where plain Go computes
	args    elementArgs
	rest    [2][elementUnit]float32 // scratch: numbers that are no whole unit, and what they become
}

// NewMapped makes the mapping by a function.
func NewMapped(im *Impl, f Function) *Mapped {
	m := &Mapped{Function: f, routine: im.elementwise().functions[f.Known]}
	m.args = elementArgs{lo: f.Low, hi: f.High, factor: f.Factor}
	return m
}

// Run maps in to out, which may be the same memory.
func (m *Mapped) Run(out, in []float32) {
	if m.routine == nil {
		for i, v := range in {
			out[i] = m.Of(v)
		}
		return
	}
	done := mapUnits(&m.args, m.routine, out, in)
	if done < len(in) {
		from, to := &m.rest[0], &m.rest[1]
		copy(from[:], in[done:])
		mapUnits(&m.args, m.routine, to[:], from[:])
		copy(out[done:len(in)], to[:])
	}
}
