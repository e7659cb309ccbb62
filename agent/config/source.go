package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/agent/setup"
)

// Source is one sensor and what is made of it: the keys that every [[source]] has.
type Source struct {
	Name  string `toml:"name"`
	Type  string `toml:"type"`  // the sensor's kind
	Model string `toml:"model"` // empty: the common one
	// Backend computes the model; empty: the common one. The files behind it are for backends, instead of Model, and
	// hold the same network: the golden pair of Model is asked of them.
	Backend      string `toml:"backend"`
	ModelTFLite  string `toml:"model_tflite"`
	ModelLiteRT  string `toml:"model_litert"`
	ModelEdgeTPU string `toml:"model_edgetpu"`
	ModelExec    string `toml:"model_exec"`
	Channel      int    `toml:"channel"`
	// Without names detectors of the model's ensemble that are switched off.
	Without []detect.Name `toml:"without_detectors"`
	// Conditions are the operating conditions that the model takes.
	Conditions []Condition `toml:"condition"`

	// Sensor holds the other keys of the table: those of the kind that Type names.
	Sensor sensor.Sensor `toml:"-"`
}

// Condition is an operating condition, such as a speed: a value, or where it arrives.
type Condition struct {
	Name   string   `toml:"name"` // as the model has it
	Value  *float64 `toml:"value"`
	Topic  string   `toml:"topic"`
	Field  string   `toml:"field"`
	Time   string   `toml:"time_field"` // empty: the value is as old as the message
	MaxAge Duration `toml:"max_age"`    // 0: DefaultMaxAge
}

// DefaultMaxAge is how old a condition's value may be unless told otherwise.
const DefaultMaxAge = time.Minute

// Input says where the condition comes from.
func (c *Condition) Input() condition.Input {
	in := condition.Input{
		Name: c.Name, Fixed: c.Value, Topic: c.Topic, Field: c.Field, Time: c.Time, MaxAge: time.Duration(c.MaxAge),
	}
	if in.MaxAge == 0 {
		in.MaxAge = DefaultMaxAge
	}
	return in
}

// Inputs says where the source's operating conditions come from.
func (s *Source) Inputs() []condition.Input {
	inputs := make([]condition.Input, len(s.Conditions))
	for i := range s.Conditions {
		inputs[i] = s.Conditions[i].Input()
	}
	return inputs
}

// Setup returns what a pipeline is built with.
func (s *Source) Setup() setup.Source {
	repeater, ok := s.Sensor.(sensor.Repeater)
	return setup.Source{
		Name: s.Name, Channel: s.Channel, Loop: ok && repeater.Repeats(), Without: s.Without, Conditions: s.Inputs(),
	}
}

// ModelOf returns the path of the model that a source listens with.
func (c *Config) ModelOf(s *Source) string {
	if s.Model != "" {
		return s.Model
	}
	return c.Model
}

// ErrAmbiguous is returned when a configuration does not say which source is meant.
var ErrAmbiguous = errors.New("which source is meant?")

// Find returns the source of the given name, or the only one for an empty name.
func (c *Config) Find(name string) (*Source, error) {
	names := make([]string, len(c.Sources))
	for i := range c.Sources {
		if c.Sources[i].Name == name || name == "" && len(c.Sources) == 1 {
			return &c.Sources[i], nil
		}
		names[i] = c.Sources[i].Name
	}
	if name == "" {
		return nil, fmt.Errorf("config: %w The configuration has %q", ErrAmbiguous, names)
	}
	return nil, fmt.Errorf("config: no source %q: the configuration has %q", name, names)
}

func (c *Config) checkSources() *setting.Problem {
	names := make(map[string]int)
	for i := range c.Sources {
		s := &c.Sources[i]
		at := fmt.Sprintf("source[%d]", i)
		if j, twice := names[s.Name]; twice {
			return setting.Wrong(at+".name", "%q is the name of source %d already", s.Name, j)
		}
		names[s.Name] = i
		if p := s.check(c); p != nil {
			return p.In(at)
		}
	}
	return setting.First(c.checkShared(), c.checkPins())
}

// Members returns the sources as package sensor has them, of which some may listen to one
// device.
func (c *Config) Members() []sensor.Member {
	members := make([]sensor.Member, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		members[i] = sensor.Member{Name: s.Name, Sensor: s.Sensor, Channel: s.Channel}
	}
	return members
}

// checkShared finds sources that want one device to be two things, by the names that they
// have for it.
func (c *Config) checkShared() *setting.Problem { return c.contradiction("") }

// CheckDevices finds sources that want one device to be two things although they name it
// differently, by what the machine below root has.
func (c *Config) CheckDevices(root string) error {
	if p := c.contradiction(root); p != nil {
		return fmt.Errorf("config: %s and %s: %s", p.Key, p.Also, p.Text)
	}
	return nil
}

func (c *Config) contradiction(root string) *setting.Problem {
	x := sensor.Contradictory(root, c.Members())
	if x == nil {
		return nil
	}
	p := x.Problem.In(fmt.Sprintf("source[%d]", x.Second))
	p.Also = fmt.Sprintf("source[%d].%s", x.First, x.Problem.Key)
	p.Text = fmt.Sprintf("source %q listens to the same device: %s", c.Sources[x.First].Name, p.Text)
	return p
}

// checkPins finds a GPIO that is to be two things.
func (c *Config) checkPins() *setting.Problem {
	used := map[string]string{}
	ids := map[string]string{}
	if c.Indicator.Pin != "" {
		used[pinOf(c.Indicator.Pin)] = "indicator.pin"
	}
	for i := range c.Sources {
		chip, ok := c.Sources[i].Sensor.(*sensor.Accel)
		if !ok || chip.InterruptPin == "" {
			continue
		}
		key, pin := fmt.Sprintf("source[%d].interrupt_pin", i), pinOf(chip.InterruptPin)
		id := sensor.Identity("", chip)
		if other, twice := used[pin]; twice && ids[pin] != id {
			p := setting.Wrong(key, "%q is in use already: each line needs a GPIO of its own", setting.OneLine(chip.InterruptPin))
			p.Also = other
			return p
		}
		used[pin], ids[pin] = key, id
	}
	return nil
}

// pinOf returns what the names of a GPIO have in common: GPIO24 is 24.
func pinOf(name string) string { return strings.TrimPrefix(strings.ToUpper(name), "GPIO") }

// check returns the key of the source's table that is wrong.
func (s *Source) check(c *Config) *setting.Problem {
	switch {
	case !setting.IsName(s.Name):
		return setting.Wrong("name", "%q: %s", s.Name, setting.NameRule)
	case s.Name == "status":
		return setting.Wrong("name", "%q is the node's own topic: choose another name", s.Name)
	case s.Channel < 0 || s.Channel > 63:
		return setting.Wrong("channel", "%d: must be 0 to 63; the first channel is 0", s.Channel)
	case c.ModelOf(s) == "":
		return setting.Wrong("model", "neither this source nor the top of the file names a model")
	}
	if s.Backend != "" {
		if p := checkBackend("backend", s.Backend); p != nil {
			return p
		}
	}
	for _, name := range s.Without {
		if !slices.Contains(detect.Names(), name) {
			return setting.Wrong("without_detectors", "%q: the detectors are %q", name, detect.Names())
		}
	}
	if len(s.Without) >= len(detect.Names()) {
		return setting.Wrong("without_detectors", "switches all detectors off: leave one")
	}
	if p := s.checkConditions(c.MQTT.Broker != ""); p != nil {
		return p
	}
	return s.Sensor.Validate(s.Channel)
}

// maxConditions is the most operating conditions that a model takes.
const maxConditions = 16

func (s *Source) checkConditions(broker bool) *setting.Problem {
	if len(s.Conditions) > maxConditions {
		return setting.Wrong("condition", "%d of them: at most %d", len(s.Conditions), maxConditions)
	}
	names := map[string]bool{}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		at := fmt.Sprintf("condition[%d]", i)
		if names[c.Name] {
			return setting.Wrong(at, "%q is there twice", c.Name)
		}
		names[c.Name] = true
		if text := c.check(broker); text != "" {
			return setting.Wrong(at, "%s", text)
		}
	}
	return nil
}

// check returns what is wrong with a condition, "" for nothing.
func (c *Condition) check(broker bool) string {
	name := setting.OneLine(c.Name)
	switch {
	case c.Name == "":
		return `has no name: write name = "speed_rpm", as the model has it ('auscult inspect' shows it)`
	case (c.Value != nil) == (c.Topic != ""):
		return fmt.Sprintf("%q needs a value that never changes, or the topic where it arrives, and not both", name)
	case c.Value != nil && (math.IsNaN(*c.Value) || math.IsInf(*c.Value, 0)):
		return fmt.Sprintf("%q: the value must be a finite number", name)
	case c.Value != nil && (c.Field != "" || c.Time != "" || c.MaxAge != 0):
		return fmt.Sprintf("%q: field, time_field and max_age belong to a topic", name)
	case strings.ContainsAny(c.Topic, "+#\x00") || len(c.Topic) > 1024:
		return fmt.Sprintf("%q: the topic must be one topic, without + and #", name)
	case c.Topic != "" && !broker:
		return fmt.Sprintf("%q comes from a topic, but mqtt.broker is empty", name)
	case c.MaxAge < 0:
		return fmt.Sprintf("%q: max_age is below 0", name)
	}
	return ""
}
