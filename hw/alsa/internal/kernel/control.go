package kernel

// Mixer is an open control device of a card: the knobs that its driver has.
type Mixer interface {
	// Elements returns the mixer's elements that can be read and whose names are wanted.
	Elements(wanted func(name string) bool) ([]Element, error)
	// Item returns the name of a value of an enumerated element.
	Item(e *Element, value int64) (string, error)
	// Values reads the first values of an element into dst, at most e.Count of them and MaxValues.
	Values(e *Element, dst []int64) error
	// Close frees all.
	Close() error
}

// ElementType is what the values of an element are.
type ElementType int32

// Types of elements.
const (
	Boolean    ElementType = 1
	Integer    ElementType = 2
	Enumerated ElementType = 3
	Integer64  ElementType = 6
)

// Element is one knob.
type Element struct {
	ID       ElementID
	Type     ElementType
	Count    int      // values, one for each channel
	Min, Max int64    // of integers
	TLV      []uint32 // what values mean in decibels, nil where the driver does not say
}

// Name returns what the driver calls it.
func (e *Element) Name() string { return e.ID.name() }

// Limits of what a driver may claim.
const (
	MaxValues   = 128 // of an element
	maxElements = 8192
	maxTLVBytes = 4096
)

// ElementID is struct snd_ctl_elem_id.
type ElementID struct {
	Number uint32
	iface  int32
	_      [2]uint32 // device and subdevice
	Text   [44]byte  // its name, ended by 0
	Index  uint32    // of several elements of one name
}

func (id *ElementID) name() string {
	n := 0
	for n < len(id.Text) && id.Text[n] != 0 {
		n++
	}
	return string(id.Text[:n])
}

// mixerInterface is the kind of element that a mixer shows.
const mixerInterface = 2

// Bits of an element's access.
const (
	accessRead     = 1 << 0
	accessTLVRead  = 1 << 4
	accessInactive = 1 << 8
)
