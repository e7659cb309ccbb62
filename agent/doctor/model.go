package doctor

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// models loads the models that the configuration names.
func (c *Report) models(root string, settings *config.Config) {
	var paths []string // each once, in the order of the sources
	for i := range settings.Sources {
		if path := settings.ModelOf(&settings.Sources[i]); !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		m, err := model.Load(path)
		if errors.Is(err, fs.ErrNotExist) {
			c.add("model", odd, "auscult train makes one; until then the node waits", "%v", err)
			continue
		}
		if err != nil {
			c.add("model", bad, "auscult inspect looks into it; auscult train makes another", "%v", err)
			continue
		}
		if err := m.Late(); err != nil {
			c.add("model", bad, "auscult bench shows what takes the time", "%s: %v", path, err)
			continue
		}
		c.add("model", good, "", "%s: %s", path, m.Settings.Name)
		c.rates(settings, path, m)
		c.cards(root, settings, path, m)
	}
}

// rates says of the sources of a model whose rate is in the configuration what they would hear
// otherwise than it was learned.
func (c *Report) rates(settings *config.Config, path string, m *model.Model) {
	for i := range settings.Sources {
		s := &settings.Sources[i]
		if settings.ModelOf(s) != path {
			continue
		}
		rate := rateOf(s.Sensor)
		if rate == 0 {
			continue // the sensor decides; the node says what comes of it
		}
		if text := m.Settings.RateDoubt(rate); text != "" {
			c.add("rate", odd, fault.SourceBands.Kind().Help, "%s: %s", s.Name, text)
		}
	}
}

// rateOf returns the rate that a sensor is opened with, 0 where it decides itself.
func rateOf(s sensor.Sensor) int {
	switch chip := s.(type) {
	case *sensor.ALSA:
		return cmp.Or(chip.SampleRateHz, usualHz)
	case *sensor.Accel:
		return chip.SampleRateHz
	case *sensor.IIO:
		return chip.SampleRateHz
	}
	return 0
}

// cards says of the microphones of a model how they are otherwise than when it learned.
func (c *Report) cards(root string, settings *config.Config, path string, m *model.Model) {
	for i := range settings.Sources {
		s := &settings.Sources[i]
		mic, ok := s.Sensor.(*sensor.ALSA)
		if !ok || settings.ModelOf(s) != path {
			continue
		}
		device, err := alsa.Find(root, mic.Device)
		if err != nil {
			continue // that is said where it is looked for
		}
		c.against(s.Name, &m.Settings, device.Origin(alsa.MixerOf(device, alsa.Options{FS: root})))
	}
}

// against compares what a source is with what its model learned.
func (c *Report) against(name string, s *model.Settings, o hw.Origin) {
	if err := s.CheckUnit(o); err != nil {
		c.add("model", bad, fault.SourceFormat.Kind().Help, "%s: %v", name, err)
	}
	if text := s.GainDoubt(o); text != "" {
		c.add("mixer", bad, fault.SourceGain.Kind().Help, "%s: %s", name, text)
	}
	if text := s.OtherSensor(o); text != "" {
		c.add("sensor", odd, fault.SourceOther.Kind().Help, "%s: %s", name, text)
	}
}

// usualHz is what a card is opened with where the configuration does not say.
const usualHz = 48000
