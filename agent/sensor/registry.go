package sensor

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Kind is one kind of sensor.
type Kind struct {
	Name string // as the key type has it
	// New returns the keys with their defaults: a pointer to a struct with toml tags.
	New func() Sensor
}

// Keys returns the keys that the kind's table may have.
func (k Kind) Keys() []string {
	t := reflect.TypeOf(k.New()).Elem()
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("toml"); tag != "-" && tag != "" {
			keys = append(keys, tag)
		}
	}
	return keys
}

// Registry holds kinds by name.
type Registry struct{ kinds map[string]Kind }

// NewRegistry returns a registry of the given kinds. Two of one name are a caller's
// bug, and panic.
func NewRegistry(kinds ...Kind) *Registry {
	r := &Registry{kinds: make(map[string]Kind, len(kinds))}
	for _, k := range kinds {
		if _, twice := r.kinds[k.Name]; twice {
			panic(fmt.Sprintf("sensor: kind %q is registered twice", k.Name))
		}
		r.kinds[k.Name] = k
	}
	return r
}

// kinds are the sensors that auscult can listen with. A new one is its file and a line
// here.
var kinds = NewRegistry(
	Kind{"accel", func() Sensor { return &Accel{} }},
	Kind{"alsa", func() Sensor { return &ALSA{} }},
	Kind{"iio", func() Sensor { return &IIO{} }},
	Kind{"sim", func() Sensor { return &Sim{Paced: true} }},
	Kind{"wav", func() Sensor { return &WAV{} }},
)

// Kinds returns the registry of all sensors.
func Kinds() *Registry { return kinds }

// Find returns the kind of a name.
func (r *Registry) Find(name string) (Kind, bool) {
	k, ok := r.kinds[name]
	return k, ok
}

// Names returns the names of all kinds, in order.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.kinds)) }

// Owners returns the names of the kinds that have a key, in order.
func (r *Registry) Owners(key string) []string {
	var owners []string
	for _, name := range r.Names() {
		if slices.Contains(r.kinds[name].Keys(), key) {
			owners = append(owners, name)
		}
	}
	return owners
}
