package i2sreg

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/auscult/auscult/hw/i2s"
)

// Driver finds the ports of one kind.
type Driver interface {
	// String names the driver: "alsa".
	String() string
	// Open returns the port that goes by a name, where root stands for the file
	// system's root. The empty name is the only port, if there is one only. A port
	// that is found is not in use yet: Connect may still fail.
	Open(root, name string) (i2s.PortCloser, error)
}

var (
	mu      sync.Mutex
	drivers []Driver // sorted by name
)

// MustRegister adds a driver. It panics when there is none, or one of its name already:
// drivers register themselves when the program starts.
func MustRegister(d Driver) {
	if err := register(d); err != nil {
		panic(err)
	}
}

func register(d Driver) error {
	if d == nil {
		return errors.New("i2sreg: register: no driver")
	}
	name := d.String()
	if name == "" || strings.TrimSpace(name) != name {
		return fmt.Errorf("i2sreg: register %q: the name is empty or has blanks around it", name)
	}
	mu.Lock()
	defer mu.Unlock()
	at, isTaken := slices.BinarySearchFunc(drivers, name, func(d Driver, name string) int {
		return strings.Compare(d.String(), name)
	})
	if isTaken {
		return fmt.Errorf("i2sreg: register %q: there is a driver of that name", name)
	}
	drivers = slices.Insert(drivers, at, d)
	return nil
}

// Open opens a port by a name that one of the drivers knows; they are asked in the
// order of their own names. Root stands for the file system's root: "/", or a
// fixture's. The empty name is the only port.
func Open(root, name string) (i2s.PortCloser, error) {
	mu.Lock()
	list := slices.Clone(drivers)
	mu.Unlock()
	if len(list) == 0 {
		return nil, fmt.Errorf("i2sreg: open %q: no driver; did you forget to import hw/alsa?", name)
	}
	var failed []error
	for _, d := range list {
		port, err := d.Open(root, name)
		if err == nil {
			return port, nil
		}
		failed = append(failed, err)
	}
	if len(failed) == 1 {
		return nil, failed[0]
	}
	return nil, fmt.Errorf("i2sreg: open %q: %w", name, errors.Join(failed...))
}
