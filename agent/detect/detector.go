package detect

// Detector is what one way of judging knows of normal sound. A new one is a file of its own
// and a line in Kinds; it travels in the settings as the fields of its JSON object.
type Detector interface {
	// Validate returns nil when a Scorer can be made for observations of such a size.
	Validate(size Size) error
	// Details returns how many numbers of its own the detector puts behind a score.
	Details() int
	// Scorer returns what scores observations. It may hold scratch: it belongs to one
	// goroutine, and allocates nothing when it is called.
	Scorer(size Size) Score
	// Words says what stands behind a score, from its details. Edges gives the edges of a
	// band in Hz.
	Words(details []float64, edges func(b int) (lo, hi float64)) string
}

// Fitter is a detector that learns normal sound by itself. Where that takes linear algebra
// or long searches, package training/detectors does it for the detector: no node needs them.
type Fitter interface {
	Fit(n *Normal)
}

// Score returns how far an observation is from normal sound, in the detector's own unit, and
// writes what stands behind it.
type Score func(o *Observation, e Evidence) float64

// Evidence is where a detector writes what stands behind its score.
type Evidence struct {
	// Bands holds each band's part of how badly the sound was restored. It is 0 everywhere
	// before the first detector is asked; one detector of an ensemble fills it, if any.
	Bands []float64
	// Details are the detector's own, as many as its Details.
	Details []float64
}

// Name names a detector.
type Name string

// Kind is what there is to know of a detector before it knows normal sound.
type Kind struct {
	Name    Name
	Needs   Input  // what a model must give for it
	Listens string // what it listens to, in words
	// Alone is what settings and commands call the detector where it stands alone and its
	// own score counts; empty where it never does.
	Alone string
	// Joins says that the detector can be a part of an ensemble.
	Joins bool
	// New returns a detector that knows nothing yet, to fit or to decode settings into.
	New func() Detector
}

// Kinds lists the detectors that there are, in the order in which an ensemble has them.
func Kinds() []Kind {
	return []Kind{whitened(), level(), covariance(), neighbours(), motion(), thirds(), divergence(), embedding(), mse()}
}

// KindOf returns the detector of a name.
func KindOf(name Name) (k Kind, known bool) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Names lists the detectors that an ensemble can have, in its order.
func Names() (all []Name) {
	for _, k := range Kinds() {
		if k.Joins {
			all = append(all, k.Name)
		}
	}
	return all
}
