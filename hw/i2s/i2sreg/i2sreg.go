package i2sreg

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/auscult/auscult/hw/i2s"
)

// Opener opens a port.
type Opener func() (i2s.PortCloser, error)

// Ref is a registered port.
type Ref struct {
	Name    string   // unique, not a number
	Aliases []string // further names, unique too
	Number  int      // of the hardware, -1 when it has none
	Open    Opener
}

// clone returns a copy that shares no memory.
func (r *Ref) clone() *Ref {
	c := *r
	c.Aliases = slices.Clone(r.Aliases)
	return &c
}

// has reports whether name leads to the port.
func (r *Ref) has(name string) bool { return r.Name == name || slices.Contains(r.Aliases, name) }

var (
	mu   sync.Mutex
	refs []*Ref // sorted by name
)

// Register adds a port. The number is -1 when the hardware has none. It is an
// error when a name, alias or number is taken, when a name is empty, has blanks
// around it or is a number, or when there is no opener.
func Register(name string, aliases []string, number int, open Opener) error {
	switch {
	case open == nil:
		return fmt.Errorf("i2sreg: register %q: no opener", name)
	case number < -1:
		return fmt.Errorf("i2sreg: register %q: number %d: must be -1 for none, or at least 0", name, number)
	}
	names := append([]string{name}, aliases...)
	for i, n := range names {
		if n == "" || strings.TrimSpace(n) != n {
			return fmt.Errorf("i2sreg: register %q: name %q is empty or has blanks around it", name, n)
		}
		if _, err := strconv.Atoi(n); err == nil {
			return fmt.Errorf("i2sreg: register %q: name %q is a number", name, n)
		}
		if slices.Contains(names[:i], n) {
			return fmt.Errorf("i2sreg: register %q: name %q is given twice", name, n)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range refs {
		for _, n := range names {
			if r.has(n) {
				return fmt.Errorf("i2sreg: register %q: name %q belongs to %s", name, n, r.Name)
			}
		}
		if number >= 0 && r.Number == number {
			return fmt.Errorf("i2sreg: register %q: number %d belongs to %s", name, number, r.Name)
		}
	}
	at, _ := slices.BinarySearchFunc(refs, name, func(r *Ref, name string) int { return strings.Compare(r.Name, name) })
	refs = slices.Insert(refs, at, &Ref{Name: name, Aliases: slices.Clone(aliases), Number: number, Open: open})
	return nil
}

// Unregister removes a port by its name, as when its card was unplugged.
func Unregister(name string) error {
	mu.Lock()
	defer mu.Unlock()
	i := slices.IndexFunc(refs, func(r *Ref) bool { return r.Name == name })
	if i < 0 {
		return fmt.Errorf("i2sreg: unregister %q: there is no such port", name)
	}
	refs = slices.Delete(refs, i, i+1)
	return nil
}

// All returns copies of all registered ports, sorted by name.
func All() []*Ref {
	mu.Lock()
	defer mu.Unlock()
	list := make([]*Ref, len(refs))
	for i, r := range refs {
		list[i] = r.clone()
	}
	return list
}

// Open opens a port by its name, an alias or its number. The empty name is the
// port with the lowest number, or without numbers the first by name.
func Open(name string) (i2s.PortCloser, error) {
	list := All()
	if len(list) == 0 {
		return nil, errors.New("i2sreg: no port found; did you forget to call driverreg.Init?")
	}
	if name == "" {
		return first(list).Open()
	}
	number, err := strconv.Atoi(name)
	isNumber := err == nil && number >= 0
	for _, r := range list {
		if r.has(name) || isNumber && r.Number == number {
			return r.Open()
		}
	}
	known := make([]string, len(list))
	for i, r := range list {
		known[i] = r.Name
	}
	return nil, fmt.Errorf("i2sreg: open %q: no such port; there are %s", name, strings.Join(known, ", "))
}

// first returns the port with the lowest number, or the first of all.
func first(list []*Ref) *Ref {
	best := list[0]
	for _, r := range list[1:] {
		if r.Number >= 0 && (best.Number < 0 || r.Number < best.Number) {
			best = r
		}
	}
	return best
}
