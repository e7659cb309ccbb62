package tflite

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Limits of a model; more is an error.
const (
	MaxFileBytes = 64 << 20 // that Open reads
	MaxTensors   = 4096
	MaxOperators = 4096
	MaxMetadata  = 4096
	MaxDims      = 8
	// MaxExtent bounds strides, dilations and pooling windows.
	MaxExtent = 1 << 16
)

// Open reads and parses the file at path, of at most MaxFileBytes.
func Open(path string) (*Model, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w (file %s)", err, path)
	}
	return m, nil
}

// ReadFile returns the bytes of the file at path, of at most MaxFileBytes.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	if len(data) > MaxFileBytes {
		return nil, fmt.Errorf("tflite: %s: larger than %d bytes", path, MaxFileBytes)
	}
	return data, nil
}

// Parse decodes and verifies a .tflite file. The model's constant data refer
// into data, which must not change afterwards. Operators that this package
// does not know are kept, so that a model can be shown; NewInterpreter names
// them.
func Parse(data []byte) (*Model, error) {
	d := decoder{r: flat.NewReader(data)}
	m, err := d.model()
	if err == nil {
		err = m.judge()
	}
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	return m, nil
}

// judge verifies what was read, less what other runtimes do not look at.
func (m *Model) judge() error {
	m.forgive()
	return m.verify()
}

// forgive takes away what is wrong with tensors that no operator uses, and quantisation of numbers that have none:
// other runtimes look at neither.
func (m *Model) forgive() {
	used := make([]bool, len(m.Tensors))
	mark := func(list []int) {
		for _, t := range list {
			if t >= 0 && t < len(used) {
				used[t] = true
			}
		}
	}
	mark(m.Inputs)
	mark(m.Outputs)
	for i := range m.Operators {
		mark(m.Operators[i].Inputs)
		mark(m.Operators[i].Outputs)
	}
	for i := range m.Tensors {
		t := &m.Tensors[i]
		plain := t.Type == Float32 || t.Type == Int64 || t.Type == Bool || t.Type == String
		if plain && t.Quant != nil && t.Quant.verify(t) != nil {
			t.Quant = nil
		}
		if !used[i] && t.verify() != nil {
			*t = Tensor{Name: t.Name}
		}
	}
}

// decoder turns tables into structs. It checks what the structs cannot show;
// Model.verify checks the rest.
type decoder struct {
	r       *flat.Reader
	buffers flat.Vector
	codes   flat.Vector
	once    []int // subgraphs that CALL_ONCE calls
}

func (d *decoder) model() (*Model, error) {
	root := d.r.Root(schema.FileIdentifier)
	if version := root.Uint32("version", schema.ModelVersion, 0); d.r.Err() == nil && version != schema.Version {
		return nil, fmt.Errorf("schema version %d, this program reads version %d", version, schema.Version)
	}
	d.codes = root.Vector("operator codes", schema.ModelOperatorCodes, 4)
	d.buffers = root.Vector("buffers", schema.ModelBuffers, 4)
	subgraphs := root.Vector("subgraphs", schema.ModelSubgraphs, 4)
	m := &Model{Description: root.String("description", schema.ModelDescription)}
	if err := d.r.Err(); err != nil {
		return nil, err
	}
	if subgraphs.Len() == 0 {
		return nil, errors.New("no subgraph")
	}
	if err := d.subgraph(m, subgraphs.Table(0)); err != nil {
		return nil, err
	}
	if err := d.variables(m, subgraphs); err != nil {
		return nil, err
	}
	entries := root.Vector("metadata", schema.ModelMetadata, 4)
	if entries.Len() > MaxMetadata {
		return nil, fmt.Errorf("%d metadata entries, at most %d are read", entries.Len(), MaxMetadata)
	}
	for i := range entries.Len() {
		t := entries.Table(i)
		entry := Metadata{Name: t.String("name", schema.MetadataName)}
		var err error
		if entry.Data, err = d.buffer(t.Uint32("buffer", schema.MetadataBuffer, 0)); err != nil {
			return nil, fmt.Errorf("metadata %d: %w", i, err)
		}
		m.Metadata = append(m.Metadata, entry)
	}
	return m, d.r.Err()
}

// variables reads the first values of state.
func (d *decoder) variables(m *Model, subgraphs flat.Vector) error {
	called := map[int]bool{}
	for _, i := range d.once {
		if i < 1 || i >= subgraphs.Len() || called[i] {
			continue // no values: VAR_HANDLE says so where it needs one
		}
		called[i] = true
		g := new(Model)
		err := d.subgraph(g, subgraphs.Table(i))
		if err == nil {
			err = g.judge()
		}
		if err != nil {
			return fmt.Errorf("subgraph %d, which gives variables their first values: %w", i, err)
		}
		m.Variables = append(m.Variables, firstValues(g)...)
	}
	return nil
}

func (d *decoder) subgraph(m *Model, g flat.Table) error {
	tensors := g.Vector("tensors", schema.SubGraphTensors, 4)
	operators := g.Vector("operators", schema.SubGraphOperators, 4)
	m.Inputs = g.Vector("inputs", schema.SubGraphInputs, 4).Ints()
	m.Outputs = g.Vector("outputs", schema.SubGraphOutputs, 4).Ints()
	if err := d.r.Err(); err != nil {
		return err
	}
	if tensors.Len() > MaxTensors {
		return fmt.Errorf("%d tensors, at most %d are read", tensors.Len(), MaxTensors)
	}
	if operators.Len() > MaxOperators {
		return fmt.Errorf("%d operators, at most %d are read", operators.Len(), MaxOperators)
	}
	m.Tensors = make([]Tensor, tensors.Len())
	for i := range m.Tensors {
		if err := d.tensor(&m.Tensors[i], tensors.Table(i)); err != nil {
			return fmt.Errorf("tensor %d: %w", i, err)
		}
	}
	m.Operators = make([]Operator, operators.Len())
	for i := range m.Operators {
		o, t := &m.Operators[i], operators.Table(i)
		if err := d.operator(o, t); err != nil {
			return fmt.Errorf("operator %d: %w", i, err)
		}
		if err := d.options(o, t); err != nil {
			return fmt.Errorf("operator %d (%v): %w", i, o.Op, err)
		}
	}
	return nil
}

// buffer gives the bytes of buffer i without copying them; nil when it is empty.
func (d *decoder) buffer(i uint32) ([]byte, error) {
	if i == 0 {
		return nil, d.r.Err() // by convention the empty one
	}
	if uint64(i) >= uint64(d.buffers.Len()) {
		return nil, fmt.Errorf("buffer %d, the model has %d", i, d.buffers.Len())
	}
	t := d.buffers.Table(int(i))
	var b []byte
	if offset := t.Uint64("buffer offset", schema.BufferOffset); offset > 1 {
		b = d.r.Bytes("buffer data", offset, t.Uint64("buffer size", schema.BufferSize))
	} else {
		b = t.Vector("buffer data", schema.BufferData, 1).Bytes()
	}
	if err := d.r.Err(); err != nil {
		return nil, fmt.Errorf("buffer %d: %w", i, err)
	}
	return b, nil
}

func (d *decoder) tensor(t *Tensor, ft flat.Table) error {
	shape := ft.Vector("shape", schema.TensorShape, 4)
	if shape.Len() > MaxDims {
		return fmt.Errorf("%d dimensions, at most %d are read", shape.Len(), MaxDims)
	}
	t.Shape = shape.Ints()
	if signature := ft.Vector("shape signature", schema.TensorShapeSignature, 4); signature.Len() <= MaxDims {
		t.Signature = openShape(signature.Ints())
	}
	t.Type = Type(int8(ft.Uint8("type", schema.TensorType, 0)))
	t.Name = ft.String("name", schema.TensorName)
	t.Variable = ft.Bool("is_variable", schema.TensorIsVariable)
	if ft.Has("sparsity", schema.TensorSparsity) {
		return errors.New("sparse tensors are not supported")
	}
	if ft.Uint32("external buffer", schema.TensorExternalBuffer, 0) != 0 {
		return errors.New("tensors with external buffers are not supported")
	}
	var err error
	if t.Data, err = d.buffer(ft.Uint32("buffer", schema.TensorBuffer, 0)); err != nil {
		return err
	}
	if t.Quant, err = d.quantisation(ft.Table("quantization", schema.TensorQuantization)); err != nil {
		return err
	}
	return d.r.Err()
}

func (d *decoder) quantisation(ft flat.Table) (*Quantisation, error) {
	if kind := ft.Uint8("details type", schema.QuantizationDetailsType, 0); kind != 0 {
		return nil, fmt.Errorf("quantisation details of kind %d are not supported", kind)
	}
	q := &Quantisation{
		Scales:     ft.Vector("scale", schema.QuantizationScale, 4).Float32s(),
		ZeroPoints: ft.Vector("zero_point", schema.QuantizationZeroPoint, 8).Int64s(),
		Axis:       int(ft.Int32("quantized_dimension", schema.QuantizationDimension, 0)),
	}
	if len(q.Scales) == 0 {
		return nil, d.r.Err()
	}
	// One zero point may stand for all channels.
	if len(q.ZeroPoints) == 1 {
		zp := q.ZeroPoints[0]
		for len(q.ZeroPoints) < len(q.Scales) {
			q.ZeroPoints = append(q.ZeroPoints, zp)
		}
	}
	return q, d.r.Err()
}
