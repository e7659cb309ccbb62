package sensor

import (
	"errors"
	"fmt"
	"sync"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/share"
)

// Member is a source that may listen to the same device as others.
type Member struct {
	Name    string
	Sensor  Sensor
	Channel int
}

// device is a Sensor of which several sources may listen to one: to the channels of a
// card, the axes of a chip.
type device interface {
	Sensor
	// identity names what is opened, whichever of its names the table has. Root is where
	// to look which that is; "" is not to look, and to go by the names alone.
	identity(root string) string
	// with returns the sensor with what other asks of the same device besides. Where both
	// ask for something, and not for the same, it returns the key.
	with(other Sensor) (device, *setting.Problem)
	// start begins to listen.
	start(at Site) (hw.Source, error)
}

// Identity names the device that a sensor opens, whichever of its names the table has: see
// Contradictory. It is "" where each source opens one of its own.
func Identity(root string, s Sensor) string {
	if d, ok := s.(device); ok {
		return d.identity(root)
	}
	return ""
}

// Contradiction is what two sources want of one device.
type Contradiction struct {
	First, Second int              // of the members
	Problem       *setting.Problem // of the second's table, with the same key as the first's
}

// Contradictory returns the first two members that want of one device what it cannot be
// set to, nil when there are none. Root is as for opening; "" goes by the names alone,
// which another machine's configuration may be checked by.
func Contradictory(root string, members []Member) *Contradiction {
	type known struct {
		index int
		is    device
	}
	seen := make(map[string][]known)
	for i, m := range members {
		d, ok := m.Sensor.(device)
		if !ok {
			continue
		}
		id := d.identity(root)
		for _, other := range seen[id] {
			if _, p := d.with(other.is); p != nil {
				return &Contradiction{other.index, i, p}
			}
		}
		seen[id] = append(seen[id], known{i, d})
	}
	return nil
}

// Joined is a device with all that sources ask of it.
type Joined struct {
	Sensor  Sensor
	Members []int // that listen to it, in order
	Channel int   // the highest of theirs
}

// Join returns the devices that members listen to, each once whichever of its names a table
// has, in the order in which they are named first. Of what they want that contradicts, see
// Contradictory, the first is taken. Root is as for opening.
func Join(root string, members []Member) []Joined {
	var all []Joined
	at := make(map[string]int)
	for i, m := range members {
		d, ok := m.Sensor.(device)
		if !ok {
			all = append(all, Joined{m.Sensor, []int{i}, m.Channel})
			continue
		}
		id := d.identity(root)
		k, known := at[id]
		if !known {
			at[id] = len(all)
			all = append(all, Joined{d, []int{i}, m.Channel})
			continue
		}
		j := &all[k]
		j.Members, j.Channel = append(j.Members, i), max(j.Channel, m.Channel)
		if first, isDevice := j.Sensor.(device); isDevice {
			if both, p := first.with(d); p == nil {
				j.Sensor = both
			}
		}
	}
	return all
}

// Shared opens each device once for all sources that listen to it. It may be used from any
// goroutine.
type Shared struct {
	mu      sync.Mutex
	members []Member
	open    share.Group
}

// NewShared returns a Shared of all sources that there are.
func NewShared(members []Member) *Shared { return &Shared{members: members} }

// Update changes the sources that there are. Those that listen to a device of which the
// sources change must not be open.
func (s *Shared) Update(members []Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = members
}

func (s *Shared) all() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.members
}

// start opens a device for a source, or has it listen along where another does already.
func (s *Shared) start(d device, at Site) (hw.Source, error) {
	if s == nil {
		return d.start(at)
	}
	id := d.identity(at.root())
	all, users, err := s.join(d, id, &at)
	if err != nil {
		return nil, err
	}
	if users < 2 {
		return all.start(at)
	}
	src, err := s.open.Open(id, func() (hw.Source, error) { return all.start(at) })
	if err != nil {
		return nil, err
	}
	return src, nil
}

// join returns the device of an identity with what all sources ask of it, and how many they
// are. The site gets the highest of their channels.
func (s *Shared) join(d device, id string, at *Site) (all device, users int, err error) {
	all = d
	for _, m := range s.all() {
		other, ok := m.Sensor.(device)
		if !ok || other.identity(at.root()) != id {
			continue
		}
		users++
		at.Channel = max(at.Channel, m.Channel)
		joined, p := all.with(other)
		if p != nil {
			return nil, 0, fmt.Errorf("sensor: source %q listens to the same device, with another %s: %s", m.Name, p.Key, p.Text)
		}
		all = joined
	}
	return all, users, nil
}

// Prepare does for all devices what takes rights that a node need not have. The group is the
// one that the node runs with.
func (s *Shared) Prepare(at Site, group int) error {
	var failed []error
	for _, m := range s.all() {
		d, ok := m.Sensor.(device)
		if !ok {
			continue
		}
		all, _, err := s.join(d, d.identity(at.root()), &at)
		if p, ok := all.(interface{ prepare(Site, int) error }); ok && err == nil {
			err = p.prepare(at, group)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("source %s: %w", m.Name, err))
		}
	}
	return errors.Join(failed...)
}

// under returns the device that src listens to, which others may listen to as well.
func under(src hw.Source) hw.Source {
	if c, ok := src.(*calibrated); ok {
		src = c.Source
	}
	if l, ok := src.(*share.Listener); ok {
		return l.Source()
	}
	return src
}

// agree has own ask for what two tables ask for, 0 being that a table leaves it open, or
// returns the problem of the key.
func agree[T comparable](key string, own *T, other T) *setting.Problem {
	var open T
	switch {
	case *own == other || other == open:
	case *own == open:
		*own = other
	default:
		return setting.Wrong(key, "%v here and %v there: write the same, or leave one out", *own, other)
	}
	return nil
}
