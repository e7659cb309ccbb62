package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// Role says what an output tensor of the model holds. Detectors name the one that they look
// at by the same word.
type Role string

// Roles of output tensors.
const (
	// Reconstruction holds the window's cells as the model restores them.
	Reconstruction = Role(detect.FromReconstruction)
	// Divergence holds how far the window's latent distribution is from the one that
	// all of normal sound has, in nats by latent channel: a variational autoencoder's.
	Divergence = Role(detect.FromDivergence)
	// Embedding holds the window as a point where windows that sound alike lie close
	// together. It has no unit.
	Embedding = Role(detect.FromEmbedding)
)

// maxFeatures bounds the values of a Divergence or an Embedding.
const maxFeatures = detect.MaxEmbedding

// validateRoles checks which outputs a model says to have.
func validateRoles(roles []Role) error {
	for i, r := range roles {
		if r != Reconstruction && r != Divergence && r != Embedding || slices.Contains(roles[:i], r) {
			return fmt.Errorf("output %d is %q: must be %q, %q or %q, each once", i, r, Reconstruction, Divergence, Embedding)
		}
	}
	if !slices.Contains(roles, Reconstruction) && !slices.Contains(roles, Embedding) {
		return fmt.Errorf("outputs %q: needs %q or %q", roles, Reconstruction, Embedding)
	}
	return nil
}

// Roles returns what the model's outputs hold, in their order.
func (s *Settings) Roles() []Role {
	if len(s.Outputs) == 0 {
		return []Role{Reconstruction}
	}
	return s.Outputs
}

// Offers reports whether a detector that needs an input has it from the model.
func (s *Settings) Offers(input detect.Input) bool {
	switch input {
	case detect.FromSound:
		return true
	case detect.FromMotion:
		return s.Profile.Motion
	}
	return slices.Contains(s.Roles(), Role(input))
}

// Restores reports whether the model reconstructs its window.
func (s *Settings) Restores() bool { return s.Offers(detect.FromReconstruction) }

// Condition is an operating condition that the model takes beside the sound.
type Condition struct {
	Name string `json:"name"` // as recordings and configurations call it
	Unit string `json:"unit,omitempty"`
	// Min and Max are the range that was learned.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// MaxConditions is how many operating conditions a model takes at most.
const MaxConditions = 16

func (c Condition) validate() error {
	switch {
	case c.Name == "" || len(c.Name) > 64 || len(c.Unit) > 32:
		return fmt.Errorf("condition %q (%q): needs a name of at most 64 bytes, and a unit of at most 32", c.Name, c.Unit)
	case !(c.Min < c.Max) || math.IsInf(c.Max-c.Min, 0):
		return fmt.Errorf("condition %s is from %g to %g: must be a range", c.Name, c.Min, c.Max)
	}
	return nil
}

// Code returns the int8 code of a value: Min is -128, Max 127, and what lies beyond
// counts as the nearest of them.
func (c Condition) Code(value float64) int8 {
	share := (value - c.Min) / (c.Max - c.Min)
	return int8(math.RoundToEven(max(0, min(share, 1))*255) - 128)
}

// tensors are a model's inputs and outputs in an interpreter.
type tensors struct {
	it      Invoker
	roles   []Role
	isFloat bool
	outputs []tflite.TensorInfo
}

// newTensors checks that an interpreter has the tensors that the settings speak of.
func newTensors(it Invoker, s *Settings) (*tensors, error) {
	t := &tensors{it: it, roles: s.Roles(), outputs: it.Outputs()}
	in := it.Inputs()
	sizes := []int{s.Window.Frames * s.Profile.Bands}
	if n := len(s.Conditions); n > 0 {
		sizes = append(sizes, n)
	}
	if len(in) != len(sizes) || len(t.outputs) != len(t.roles) {
		return nil, fmt.Errorf("%d inputs and %d outputs: the settings need %d and %d", len(in), len(t.outputs), len(sizes), len(t.roles))
	}
	t.isFloat = in[0].Type == tflite.Float32
	width, kind := 1, tflite.Int8
	if t.isFloat {
		width, kind = 4, tflite.Float32
	}
	for i, tensor := range in {
		if tensor.Type != kind || tensor.Bytes != width*sizes[i] {
			return nil, fmt.Errorf("input %q is %v of %d bytes: the settings need int8, or float32 everywhere, of %d values", tensor.Name, tensor.Type, tensor.Bytes, sizes[i])
		}
		if !t.isFloat && (!isUnitScale(tensor.Scale) || tensor.ZeroPoint != -128) {
			return nil, fmt.Errorf("input scale %g zero point %d: must be 1/255 and -128, the profile's range", tensor.Scale, tensor.ZeroPoint)
		}
	}
	for i, tensor := range t.outputs {
		values := tensor.Bytes / width
		fits := values == sizes[0]
		if t.roles[i] != Reconstruction {
			fits = values >= 1 && values <= maxFeatures
		}
		if tensor.Type != kind || !fits {
			return nil, fmt.Errorf("output %q is %v of %d bytes: the settings need %s, int8, or float32 everywhere, of %d cells or up to %d features",
				tensor.Name, tensor.Type, tensor.Bytes, t.roles[i], sizes[0], maxFeatures)
		}
	}
	return t, nil
}

// fill writes the codes of a window and of the conditions to the inputs.
func (t *tensors) fill(window, conditions []byte) {
	for i, codes := range [][]byte{window, conditions} {
		switch {
		case len(codes) == 0:
		case t.isFloat:
			in := t.it.InputBytes(i)
			for j, code := range codes {
				cell := float32(int32(int8(code))+128) / 255
				binary.LittleEndian.PutUint32(in[4*j:], math.Float32bits(cell))
			}
		default:
			copy(t.it.InputBytes(i), codes)
		}
	}
}

// of returns the number of the output of a role, -1 for none.
func (t *tensors) of(r Role) int { return slices.Index(t.roles, r) }

// size returns how many values an output has.
func (t *tensors) size(output int) int {
	if t.isFloat {
		return t.outputs[output].Bytes / 4
	}
	return t.outputs[output].Bytes
}

// observed returns the size of what a model of so many bands observes.
func (t *tensors) observed(p dsp.Profile) detect.Size {
	size := observed(p)
	if output := t.of(Embedding); output >= 0 {
		size.Embedding = t.size(output)
	}
	return size
}

// observed returns what is observed of frames.
func observed(p dsp.Profile) detect.Size {
	size := detect.Size{Bands: p.Bands}
	if p.Motion {
		size.Motion = detect.MotionFeatures
	}
	return size
}

// value returns value i of a float32 output. What is no number counts as the
// highest there is: it must not look like something that was learned.
func (t *tensors) value(output, i int) float64 {
	v := float64(math.Float32frombits(binary.LittleEndian.Uint32(t.it.OutputBytes(output)[4*i:])))
	if math.IsNaN(v) {
		return math.MaxFloat32
	}
	return v
}

// featureOne is one in the fixed point that features of a float32 model are summed
// in; those of an int8 model are summed in steps of their scale.
const featureOne = 1 << 16

// addFeatures adds the values of an output to sums.
func (t *tensors) addFeatures(sums []int64, output int) {
	if t.isFloat {
		const most = 1 << 46 // 2^12 windows of them stay below 2^63
		for i := range sums {
			sums[i] += int64(math.RoundToEven(max(-most, min(t.value(output, i)*featureOne, most))))
		}
		return
	}
	zero := int64(t.outputs[output].ZeroPoint)
	for i, code := range t.it.OutputBytes(output) {
		sums[i] += int64(int8(code)) - zero
	}
}

// feature returns the mean of what addFeatures has summed over some windows.
func (t *tensors) feature(sum int64, output, windows int) float64 {
	mean := float64(sum) / float64(windows)
	if t.isFloat {
		return mean / featureOne
	}
	return mean * float64(t.outputs[output].Scale)
}

// golden returns the outputs' content for inputs of codes, one output after the other.
// Of a float32 model it has a code for each restored cell, and four bytes for each
// other value.
func (t *tensors) golden(input []byte, cells int) []byte {
	t.fill(input[:cells], input[cells:])
	t.it.Invoke()
	var all []byte
	for o, r := range t.roles {
		switch {
		case !t.isFloat:
			all = append(all, t.it.OutputBytes(o)...)
		case r == Reconstruction:
			for i := range t.size(o) {
				code := math.RoundToEven(t.value(o, i)*255) - 128
				all = append(all, byte(int8(max(math.MinInt8, min(code, math.MaxInt8)))))
			}
		default:
			for i := range t.size(o) {
				all = binary.LittleEndian.AppendUint32(all, math.Float32bits(float32(t.value(o, i))))
			}
		}
	}
	return all
}

// goldenTolerance is how far a feature of a float32 model may be from its golden
// value, relative to 1 or to itself: kernels for float32 differ in the last bits.
const goldenTolerance = 1e-3

// alike compares two outputs of golden.
func (t *tensors) alike(got, want []byte) bool {
	if !t.isFloat || len(got) != len(want) {
		return slices.Equal(got, want)
	}
	return t.agree(got, want).Most <= 1
}
