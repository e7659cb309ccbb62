package alsa

import (
	"sync"
	"syscall"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// knob is an element of a simulated mixer.
type knob struct {
	kernel.Element
	values []int64
	items  []string
	fails  bool
}

// simMixer is a simulated card's mixer.
type simMixer struct {
	mu     sync.Mutex
	knobs  []*knob
	open   int
	absent bool
}

func (m *simMixer) add(k *knob, name string) *knob {
	k.ID.Number = uint32(len(m.knobs) + 1)
	copy(k.ID.Text[:], name)
	k.Count = len(k.values)
	m.knobs = append(m.knobs, k)
	return k
}

// volume adds a volume of 0 to 100 from -20 to 30 dB.
func (m *simMixer) volume(name string, values ...int64) *knob {
	k := &knob{values: values}
	k.Type, k.Max, k.TLV = kernel.Integer, 100, []uint32{tlvScale, 8, uint32(0xfffff830), 50} // -20.00 dB
	return m.add(k, name)
}

// toggle adds a switch.
func (m *simMixer) toggle(name string, values ...int64) *knob {
	k := &knob{values: values}
	k.Type, k.Max = kernel.Boolean, 1
	return m.add(k, name)
}

// choice adds an enumerated control.
func (m *simMixer) choice(name string, value int64, items ...string) *knob {
	k := &knob{values: []int64{value}, items: items}
	k.Type, k.Max = kernel.Enumerated, int64(len(items)-1)
	return m.add(k, name)
}

// turn sets a knob.
func (m *simMixer) turn(k *knob, values ...int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	copy(k.values, values)
}

func (m *simMixer) openMixer(string) (kernel.Mixer, error) {
	if m == nil || m.absent {
		return nil, syscall.ENOENT
	}
	m.open++
	return m, nil
}

func (m *simMixer) Close() error { m.open--; return nil }

func (m *simMixer) Elements(wanted func(string) bool) (found []kernel.Element, err error) {
	for _, k := range m.knobs {
		if wanted(k.Name()) {
			found = append(found, k.Element)
		}
	}
	return found, nil
}

func (m *simMixer) of(e *kernel.Element) *knob { return m.knobs[e.ID.Number-1] }

func (m *simMixer) Item(e *kernel.Element, value int64) (string, error) {
	if items := m.of(e).items; value >= 0 && value < int64(len(items)) {
		return items[value], nil
	}
	return "", syscall.EINVAL
}

func (m *simMixer) Values(e *kernel.Element, dst []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.of(e)
	if k.fails {
		return syscall.EIO
	}
	copy(dst, k.values)
	return nil
}
