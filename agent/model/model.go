package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// ErrNoSettings is wrapped when a file is a TFLite model without our settings.
var ErrNoSettings = errors.New("no auscult settings in this model; train it with 'auscult train'")

// Model is a verified autoencoder with its settings.
type Model struct {
	// Settings are those that the file carries. They are not to be changed.
	Settings Settings

	graph  *tflite.Model
	file   []byte
	hash   string
	sealed bool
	bands  []Edges
	takes  time.Duration // one inference on this machine
}

// Late returns an error where one inference takes longer on this machine than the time from one window to the next: it
// could not keep pace with the sound.
func (m *Model) Late() error {
	if every := m.Settings.WindowPeriod(); m.takes > every {
		return fmt.Errorf("an inference takes %v on this machine, and a window comes every %v: "+
			"take a smaller model, or a larger stride", m.takes.Round(every/100), every)
	}
	return nil
}

// timed calls what computes a window and measures how long that takes: the shortest of a few times where it takes too
// long, since the machine may have been busy with something else.
func (m *Model) timed(window func() []byte) (out []byte) {
	const times = 3
	for i := 0; i == 0 || i < times && m.takes > m.Settings.WindowPeriod(); i++ {
		start := time.Now()
		out = window()
		if took := time.Since(start); i == 0 || took < m.takes {
			m.takes = took
		}
	}
	return out
}

// Edges are where a band's triangle is half as high as its peak, so that
// neighbours touch and do not overlap.
type Edges struct{ LowHz, HighHz float64 }

// Load reads the model file at path and checks it as Parse does.
func Load(path string) (*Model, error) {
	data, err := tflite.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	m, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", path, err)
	}
	return m, nil
}

// Parse verifies a model, its checksum and its settings, and runs the golden pair that it
// carries. The Model keeps data, which must not change afterwards.
func Parse(data []byte) (*Model, error) {
	graph, err := tflite.Parse(data)
	if err != nil {
		return nil, err
	}
	sealed, err := checkSeal(data, graph)
	if err != nil {
		return nil, err
	}
	raw, ok := metadata(graph, MetadataName)
	if !ok {
		return nil, ErrNoSettings
	}
	settings, err := ParseSettings(raw)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if !sealed && settings.Version >= sealedVersion {
		return nil, ErrDamaged
	}
	bands, err := BandEdges(settings.Profile)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	sum := sha256.Sum256(data)
	m := &Model{
		Settings: settings, graph: graph, file: data, hash: hex.EncodeToString(sum[:]), sealed: sealed, bands: bands,
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// Hash returns the SHA-256 of the model file in hexadecimal.
func (m *Model) Hash() string { return m.hash }

// Sealed reports whether the file carries a checksum over all of it. Those that auscult wrote
// before it had one do not: a damaged byte in their weights may go unnoticed.
func (m *Model) Sealed() bool { return m.sealed }

// BandHz returns the frequencies that band b stands for, in Hz. Neighbouring
// bands touch.
func (m *Model) BandHz(b int) (lo, hi float64) { return m.bands[b].LowHz, m.bands[b].HighHz }

// BandEdges returns the edges of a profile's bands, lowest band first.
func BandEdges(p dsp.Profile) ([]Edges, error) {
	fe, err := dsp.NewFrontEnd(p)
	if err != nil {
		return nil, err
	}
	edges := make([]Edges, p.Bands)
	for b := range edges {
		lower, centre, upper := fe.BandHz(b)
		edges[b] = Edges{(lower + centre) / 2, (centre + upper) / 2}
	}
	return edges, nil
}

func metadata(graph *tflite.Model, name string) ([]byte, bool) {
	for _, md := range graph.Metadata {
		if md.Name == name {
			return md.Data, true
		}
	}
	return nil, false
}

// check builds an interpreter, compares its tensors with the settings, and
// runs the golden pair.
func (m *Model) check() error {
	it, err := tflite.NewInterpreter(m.graph, tflite.Options{})
	if err != nil {
		return err
	}
	s := &m.Settings
	t, err := newTensors(it, s)
	if err != nil {
		return err
	}
	cells := s.Window.Frames * s.Profile.Bands
	if len(s.Golden.Input) != cells+len(s.Conditions) {
		return fmt.Errorf("golden input of %d bytes: must be %d", len(s.Golden.Input), cells+len(s.Conditions))
	}
	if !t.alike(m.timed(func() []byte { return t.golden(s.Golden.Input, cells) }), s.Golden.Output) {
		return errors.New("the model does not give its golden output: the file is damaged or this processor's kernels are wrong")
	}
	if err := s.validateDetector(t.observed(s.Profile)); err != nil {
		return fmt.Errorf("detector: %w", err)
	}
	return nil
}

// NewGolden returns the golden pair of a graph that the settings describe, for the codes
// of a window and of its operating conditions behind it.
func NewGolden(graph *tflite.Model, s *Settings, input []byte) (Golden, error) {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return Golden{}, err
	}
	t, err := newTensors(it, s)
	if err != nil {
		return Golden{}, fmt.Errorf("model: %w", err)
	}
	cells := s.Window.Frames * s.Profile.Bands
	if len(input) != cells+len(s.Conditions) {
		return Golden{}, fmt.Errorf("model: a golden input of %d bytes: needs %d cells and %d conditions", len(input), cells, len(s.Conditions))
	}
	return Golden{Input: input, Output: t.golden(input, cells)}, nil
}

// isUnitScale reports whether s is 1/255 but for float32 rounding.
func isUnitScale(s float32) bool {
	return math.Abs(float64(s)*255-1) < 1e-6
}

// Encode returns the bytes of a model file: graph with settings and a checksum as its
// metadata. It replaces those that graph already carries.
func Encode(graph *tflite.Model, settings *Settings) ([]byte, error) {
	current := *settings
	current.Version = SettingsVersion
	raw, err := current.Encode()
	if err != nil {
		return nil, err
	}
	withSettings := *graph
	withSettings.Metadata = slices.DeleteFunc(slices.Clone(graph.Metadata), func(md tflite.Metadata) bool {
		return md.Name == MetadataName || md.Name == ChecksumName
	})
	withSettings.Metadata = append(withSettings.Metadata, tflite.Metadata{Name: MetadataName, Data: raw},
		tflite.Metadata{Name: ChecksumName, Data: placeholder[:]})
	data, err := withSettings.Marshal()
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return data, seal(data)
}
