package alsa

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// Control is one of a card's controls that change what is captured, as it stands.
type Control struct {
	Name string
	Kind ControlKind
	// DB are the gains of a Volume, one for each channel, nil where the driver does not say.
	DB []float64
	// Percent are a Volume's settings within their range, On a Switch's; Item is a Route's choice.
	Percent []int
	On      []bool
	Item    string
}

// ControlKind is what a control does.
type ControlKind string

// Kinds of controls.
const (
	Volume ControlKind = "volume" // how loud
	Switch ControlKind = "switch" // whether at all
	AGC    ControlKind = "agc"    // whether the card changes the gain by itself
	Route  ControlKind = "route"  // from where
)

// Mixer is how a card's capture controls stand, in the driver's order.
type Mixer []Control

// String says it in one line, the same while nothing changes; "" where there is no control.
func (m Mixer) String() string {
	parts := make([]string, len(m))
	for i := range m {
		parts[i] = m[i].String()
	}
	return strings.Join(parts, "; ")
}

// String says how the control stands: "Mic Capture Volume=12.00 dB".
func (c *Control) String() string {
	var values []string
	switch {
	case c.Kind == Route:
		values = []string{c.Item}
	case c.Kind != Volume:
		for _, on := range c.On {
			values = append(values, map[bool]string{true: "on", false: "off"}[on])
		}
	case c.DB != nil:
		for _, db := range c.DB {
			if db == silenceDB {
				values = append(values, "silent")
				continue
			}
			values = append(values, fmt.Sprintf("%.2f dB", db))
		}
	default:
		for _, p := range c.Percent {
			values = append(values, fmt.Sprintf("%d %%", p))
		}
	}
	if len(values) > 1 && len(slices.Compact(slices.Clone(values))) == 1 {
		values = values[:1]
	}
	return c.Name + "=" + strings.Join(values, "/")
}

// Problem returns why nothing is captured although the card is open: a switch that is off, a volume at
// its lowest, a route to nowhere. nil: the mixer lets sound through, as far as it says.
func (m Mixer) Problem(card string) *Problem {
	for i := range m {
		c := &m[i]
		set := ""
		switch {
		case c.Kind == Route && strings.EqualFold(c.Item, "none"):
			return &Problem{
				Code: Muted, Text: fmt.Sprintf("the mixer of card %s routes nothing to it (%s)", card, c),
				Fix: fmt.Sprintf("choose the bus of the microphone: amixer -c %s cset name='%s' I2S1 (on a Jetson; which it is says its pin-out)",
					card, c.Name),
			}
		case c.Kind == Switch && !slices.Contains(c.On, true):
			set = "on"
		case c.Kind == Volume && len(c.Percent) > 0 && slices.Max(c.Percent) == 0 &&
			(c.DB == nil || slices.Max(c.DB) < muteDB):
			set = "80%"
		default:
			continue
		}
		return &Problem{
			Code: Muted, Text: fmt.Sprintf("the mixer of card %s is shut (%s)", card, c),
			Fix: fmt.Sprintf("open it: amixer -c %s cset name='%s' %s, and keep it by 'alsactl store'", card, c.Name, set),
		}
	}
	return nil
}

// muteDB is below any gain that is meant to let something through.
const muteDB = -60

// HasAGC reports whether the card changes its gain by itself, and by which control.
func (m Mixer) HasAGC() (name string, on bool) {
	for i := range m {
		if m[i].Kind == AGC && slices.Contains(m[i].On, true) {
			return m[i].Name, true
		}
	}
	return "", false
}

// kindOf returns what a control of a name and type does to what device captures, "" for nothing.
func kindOf(name string, is kernel.ElementType, device int) ControlKind {
	low := strings.ToLower(name)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(low, w) })
	}
	switch {
	case is == kernel.Enumerated && low == fmt.Sprintf("admaif%d mux", device+1):
		return Route // Tegra's: what flows into the memory of this device
	case is == kernel.Enumerated && has("capture source", "input source", "capture mux", "capture route"):
		return Route
	case has("playback", "sidetone", "loopback", "headphone", "speaker", "hdmi"):
		return ""
	case is == kernel.Boolean && has("auto gain", "agc", "automatic gain", "alc "):
		return AGC
	case is == kernel.Boolean && (has("capture switch") || has("mic", "line in", "adc") && has("switch")):
		return Switch
	case (is == kernel.Integer || is == kernel.Integer64) && (has("capture", "boost", "pga", "mic gain", "adc gain") ||
		has("mic", "line in", "adc", "digital") && has("volume")):
		return Volume
	}
	return ""
}

// element is a control with what was last read of it.
type element struct {
	kernel.Element
	kind   ControlKind
	values []int64
}

// desk reads a card's mixer again and again.
type desk struct {
	h        kernel.Mixer // nil: there is none
	elements []element
	scratch  [kernel.MaxValues]int64
	looked   time.Time
}

// mixerState is what is known of a mixer, for other goroutines.
type mixerState struct {
	origin atomic.Pointer[hw.Origin] // but for the rate
	shut   atomic.Pointer[Problem]   // that it is; nil: it is open
}

// mixerEvery is how often a mixer is looked at while the card is open.
const mixerEvery = 5 * time.Second

// openDesk opens the mixer of a device. A card without one, or one that may not be opened, has no
// controls: sound comes all the same.
func openDesk(o Options, d Device) desk {
	h, err := o.openMixer(filepath.Join(o.FS, fmt.Sprintf("dev/snd/controlC%d", d.Card.Number)))
	if err != nil {
		return desk{}
	}
	found, err := h.Elements(func(name string) bool {
		return slices.ContainsFunc([]kernel.ElementType{kernel.Boolean, kernel.Integer, kernel.Enumerated},
			func(is kernel.ElementType) bool { return kindOf(name, is, d.Number) != "" })
	})
	k := desk{h: h}
	for _, e := range found {
		kind := kindOf(e.Name(), e.Type, d.Number)
		if kind != "" && e.Count > 0 && err == nil && len(k.elements) < maxControls {
			k.elements = append(k.elements, element{e, kind, make([]int64, e.Count)})
		}
	}
	if len(k.elements) == 0 {
		k.close()
	}
	return k
}

// maxControls bounds what is looked at: a card has some.
const maxControls = 32

// close closes the mixer.
func (k *desk) close() {
	if k.h != nil {
		_ = k.h.Close() // it was only read
	}
	*k = desk{}
}

// look reads all controls and reports whether one has changed. It does not allocate.
func (k *desk) look() (changed bool) {
	for i := range k.elements {
		e := &k.elements[i]
		now := k.scratch[:len(e.values)]
		if k.h.Values(&e.Element, now) != nil {
			continue // as it was
		}
		if !slices.Equal(now, e.values) {
			copy(e.values, now)
			changed = true
		}
	}
	return changed
}

// mixer says how the controls stood when they were last read.
func (k *desk) mixer() Mixer {
	var m Mixer
	seen := map[string]int{}
	for i := range k.elements {
		e := &k.elements[i]
		c := Control{Name: e.Name(), Kind: e.kind}
		if seen[c.Name]++; seen[c.Name] > 1 {
			c.Name = fmt.Sprintf("%s,%d", c.Name, e.ID.Index)
		}
		for _, v := range e.values {
			switch e.kind {
			case Volume:
				c.Percent = append(c.Percent, percent(v, e.Min, e.Max))
				if db, ok := decibelsOf(e.TLV, v, e.Min, e.Max); ok {
					c.DB = append(c.DB, db)
				}
			case Route:
				c.Item, _ = k.h.Item(&e.Element, v) // a name that cannot be read is none
			default:
				c.On = append(c.On, v != 0)
			}
		}
		if len(c.DB) < len(c.Percent) {
			c.DB = nil
		}
		m = append(m, c)
	}
	return m
}

func percent(v, low, high int64) int {
	if high <= low {
		return 0
	}
	return int(min(max(100*float64(v-low)/float64(high-low)+0.5, 0), 100))
}

// Origin returns what samples of the device are of, while its mixer stands so.
func (d Device) Origin(m Mixer) hw.Origin {
	return hw.Origin{
		Sensor: d.String() + ", " + d.Card.Name, Serial: d.Card.Serial, Unit: hw.FullScale, FullScale: 1, Mixer: m.String(),
	}
}

// MixerOf returns how the mixer of a device below an FS root stands.
func MixerOf(d Device, o Options) Mixer {
	o = o.withDefaults()
	k := openDesk(o, d)
	defer k.close()
	k.look()
	return k.mixer()
}
