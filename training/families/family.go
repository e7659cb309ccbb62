package families

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Names of the families, as settings and command lines have them.
const (
	DenseName       = "dense"
	ConvName        = "conv"
	SmallName       = "small"
	ContrastName    = "contrast"
	VAEName         = "vae"
	ConditionedName = "conditioned"
)

// Defaults of the families.
const (
	DenseFrames        = 5
	PictureFrames      = 64 // of the families that look at two seconds
	DefaultCompression = 16
)

// Family is one kind of network that can be trained. A new one is a file of its own and a line
// in Families.
type Family struct {
	Name  string
	Help  string // what it is and for what, in a few words
	Hears string // what it looks at, in a sentence for a report; may be empty
	// Epochs is for how many it is trained unless told otherwise, or, with Patience, where no sound
	// can be held back and where families are compared.
	Epochs int
	// Patience is how many epochs may pass without a better loss on sound that was held back, and Most how
	// many there are in all; 0: such a training goes on for Epochs.
	Patience, Most int
	// Turn says when it is tried where a family is chosen, in the order of what trying costs.
	Turn int
	// Conditions says that it takes operating conditions beside the sound, one at the least.
	Conditions bool
	describe   func(w Wanted) (Description, error)
}

// Describe describes the family's network, with its own window.
func (f Family) Describe(w Wanted) (Description, error) {
	if w.Compression == 0 {
		w.Compression = DefaultCompression
	}
	return f.describe(w)
}

// Describe describes the network of a family by its name.
func Describe(name string, w Wanted) (Description, error) {
	f, err := Of(name)
	if err != nil {
		return Description{}, err
	}
	return f.Describe(w)
}

// Wanted says for what a network is described. A family ignores what it does not know.
type Wanted struct {
	Bands       int
	Compression int // cells to a value of the bottleneck; 0 means DefaultCompression
	Conditions  int // operating conditions
}

// Families lists the families that can be trained.
func Families() []Family {
	return []Family{dense(), conv(), small(), vae(), contrast(), conditioned()}
}

// Names lists the families that need nothing but sound; Conditioned needs more.
func Names() (names []string) {
	for _, f := range Families() {
		if !f.Conditions {
			names = append(names, f.Name)
		}
	}
	return names
}

// AllNames lists all families.
func AllNames() (names []string) {
	for _, f := range Families() {
		names = append(names, f.Name)
	}
	return names
}

// InTurn lists all families in the order in which they are tried.
func InTurn() (names []string) {
	all := Families()
	slices.SortStableFunc(all, func(a, b Family) int { return cmp.Compare(a.Turn, b.Turn) })
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names
}

// Of returns the family of a name.
func Of(name string) (Family, error) {
	for _, f := range Families() {
		if f.Name == name {
			return f, nil
		}
	}
	return Family{}, fmt.Errorf("families: unknown model %q: use %s or %s",
		name, strings.Join(Names(), ", "), ConditionedName)
}
