package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// ErrNoSettings is wrapped when a file is a TFLite model without our settings.
var ErrNoSettings = errors.New("no auscult settings in this model; train it with 'auscult train'")

// Model is a verified autoencoder with its settings.
type Model struct {
	// Settings are those that the file carries. They are not to be changed.
	Settings Settings

	graph *tflite.Model
	hash  string
	bands []Edges
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

// Parse verifies a model and its settings, and runs the golden pair that it
// carries. The Model keeps data, which must not change afterwards.
func Parse(data []byte) (*Model, error) {
	graph, err := tflite.Parse(data)
	if err != nil {
		return nil, err
	}
	raw, ok := metadata(graph)
	if !ok {
		return nil, ErrNoSettings
	}
	settings, err := ParseSettings(raw)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	bands, err := BandEdges(settings.Profile)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	sum := sha256.Sum256(data)
	m := &Model{Settings: settings, graph: graph, hash: hex.EncodeToString(sum[:]), bands: bands}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// Hash returns the SHA-256 of the model file in hexadecimal.
func (m *Model) Hash() string { return m.hash }

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

func metadata(graph *tflite.Model) ([]byte, bool) {
	for _, md := range graph.Metadata {
		if md.Name == MetadataName {
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
	in, out := it.Inputs(), it.Outputs()
	if len(in) != 1 || len(out) != 1 {
		return fmt.Errorf("%d inputs and %d outputs: an autoencoder has one of each", len(in), len(out))
	}
	cells := m.Settings.Window.Frames * m.Settings.Profile.Bands
	isFloat := in[0].Type == tflite.Float32
	for _, t := range []tflite.TensorInfo{in[0], out[0]} {
		switch {
		case isFloat && t.Type == tflite.Float32 && t.Bytes == 4*cells:
		case t.Type != tflite.Int8 || t.Bytes != cells:
			return fmt.Errorf("tensor %q is %v of %d bytes: the settings need int8, or float32 everywhere, of %d cells", t.Name, t.Type, t.Bytes, cells)
		}
	}
	if !isFloat && (!isUnitScale(in[0].Scale) || in[0].ZeroPoint != -128) {
		return fmt.Errorf("input scale %g zero point %d: must be 1/255 and -128, the profile's range", in[0].Scale, in[0].ZeroPoint)
	}
	golden := m.Settings.Golden
	if len(golden.Input) != cells || len(golden.Output) != cells {
		return fmt.Errorf("golden pair of %d and %d bytes: must be %d each", len(golden.Input), len(golden.Output), cells)
	}
	// Kernels for float32 may differ in the last bits, and so in the rounded code.
	tolerance := 0
	if isFloat {
		tolerance = 1
	}
	for i, code := range outputCodes(it, golden.Input) {
		if d := int(int8(code)) - int(int8(golden.Output[i])); d >= -tolerance && d <= tolerance {
			continue
		}
		return errors.New("the model does not give its golden output: the file is damaged or this processor's kernels are wrong")
	}
	return nil
}

// NewGolden returns the golden pair of a graph for an input tensor of codes.
func NewGolden(graph *tflite.Model, input []byte) (Golden, error) {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return Golden{}, err
	}
	if in := it.Inputs(); len(in) != 1 || len(it.Outputs()) != 1 || in[0].Bytes != len(input) && in[0].Bytes != 4*len(input) {
		return Golden{}, fmt.Errorf("model: a graph without one input of %d cells and one output", len(input))
	}
	return Golden{Input: input, Output: outputCodes(it, input)}, nil
}

// outputCodes returns the output tensor's bytes for an input tensor of codes; of
// float32 tensors the nearest codes.
func outputCodes(it *tflite.Interpreter, input []byte) []byte {
	if it.Outputs()[0].Type != tflite.Float32 {
		copy(it.InputBytes(0), input)
		it.Invoke()
		return slices.Clone(it.OutputBytes(0))
	}
	x := newFloats(it, len(input))
	x.infer(input, nil)
	codes := make([]byte, len(input))
	for i, v := range x.restored {
		codes[i] = byte(int8(max(math.MinInt8, min((v+residualOne/2)>>8, math.MaxInt8))))
	}
	return codes
}

// isUnitScale reports whether s is 1/255 but for float32 rounding.
func isUnitScale(s float32) bool {
	return math.Abs(float64(s)*255-1) < 1e-6
}

// Encode returns the bytes of a model file: graph with settings as its
// metadata. It replaces settings that graph already carries.
func Encode(graph *tflite.Model, settings *Settings) ([]byte, error) {
	raw, err := settings.Encode()
	if err != nil {
		return nil, err
	}
	withSettings := *graph
	withSettings.Metadata = slices.DeleteFunc(slices.Clone(graph.Metadata), func(md tflite.Metadata) bool {
		return md.Name == MetadataName
	})
	withSettings.Metadata = append(withSettings.Metadata, tflite.Metadata{Name: MetadataName, Data: raw})
	data, err := withSettings.Marshal()
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return data, nil
}
