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
	MaxSubgraphs = 256
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
		return nil, fmt.Errorf("%s: %w", path, err)
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
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, foreignFolder(path)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	if len(data) > MaxFileBytes {
		if err := notModel(data); err != nil {
			return nil, fmt.Errorf("tflite: %s: %w", path, err)
		}
		return nil, fmt.Errorf("tflite: %s: larger than %d bytes", path, MaxFileBytes)
	}
	return data, nil
}

// Parse decodes and verifies a .tflite file. The model's constant data refer
// into data, which must not change afterwards. Operators that this package
// does not know are kept, so that a model can be shown; NewInterpreter names
// them.
func Parse(data []byte) (*Model, error) {
	m, err := Read(data)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Read is Parse that gives beside an error what could be read, or nil. It is there to be shown only: nothing in it was
// verified, and indices may lead nowhere.
func Read(data []byte) (*Model, error) {
	if err := notModel(data); err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	d := decoder{r: flat.NewReader(data)}
	m, err := d.model()
	if err == nil {
		err = m.judge()
	}
	if err != nil {
		return m, fmt.Errorf("tflite: %w", err)
	}
	return m, nil
}

// judge verifies what was read, less what other runtimes do not look at.
func (m *Model) judge() error {
	m.forgive()
	for _, g := range m.Subgraphs {
		g.forgive()
	}
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
		mark(m.Operators[i].Intermediates)
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
	tensors int // read so far, of all subgraphs
	steps   int // operators likewise
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
	if subgraphs.Len() > MaxSubgraphs {
		return nil, fmt.Errorf("%d subgraphs, at most %d are read", subgraphs.Len(), MaxSubgraphs)
	}
	if err := d.subgraph(m, subgraphs.Table(0)); err != nil {
		return m, err
	}
	for i := 1; i < subgraphs.Len(); i++ {
		g := new(Model)
		if err := d.subgraph(g, subgraphs.Table(i)); err != nil {
			return m, fmt.Errorf("subgraph %d: %w", i, err)
		}
		m.Subgraphs = append(m.Subgraphs, g)
	}
	if err := d.signatures(m, root.Vector("signatures", schema.ModelSignatures, 4)); err != nil {
		return m, err
	}
	if err := d.metadata(m, root); err != nil {
		return m, err
	}
	return m, d.r.Err()
}

// metadata reads the named entries.
func (d *decoder) metadata(m *Model, root flat.Table) error {
	entries := root.Vector("metadata", schema.ModelMetadata, 4)
	if entries.Len() > MaxMetadata {
		return fmt.Errorf("%d metadata entries, at most %d are read", entries.Len(), MaxMetadata)
	}
	for i := range entries.Len() {
		t := entries.Table(i)
		entry := Metadata{Name: t.String("name", schema.MetadataName)}
		var err error
		if entry.Data, err = d.buffer(t.Uint32("buffer", schema.MetadataBuffer, 0)); err != nil {
			return fmt.Errorf("metadata %d: %w", i, err)
		}
		m.Metadata = append(m.Metadata, entry)
	}
	return d.r.Err()
}

// signatures reads the ways to use the model.
func (d *decoder) signatures(m *Model, list flat.Vector) error {
	if list.Len() > MaxSubgraphs {
		return fmt.Errorf("%d signatures, at most %d are read", list.Len(), MaxSubgraphs)
	}
	for i := range list.Len() {
		t := list.Table(i)
		s := Signature{
			Name:     t.String("signature key", schema.SignatureKey),
			Subgraph: int(t.Uint32("signature's subgraph", schema.SignatureSubgraph, 0)),
		}
		var err error
		if s.Inputs, err = d.named(t.Vector("signature's inputs", schema.SignatureInputs, 4)); err != nil {
			return fmt.Errorf("signature %d: %w", i, err)
		}
		if s.Outputs, err = d.named(t.Vector("signature's outputs", schema.SignatureOutputs, 4)); err != nil {
			return fmt.Errorf("signature %d: %w", i, err)
		}
		m.Signatures = append(m.Signatures, s)
	}
	return d.r.Err()
}

// named reads the names of tensors.
func (d *decoder) named(list flat.Vector) ([]NamedTensor, error) {
	if list.Len() > MaxTensors {
		return nil, fmt.Errorf("%d names, at most %d are read", list.Len(), MaxTensors)
	}
	var all []NamedTensor
	for i := range list.Len() {
		t := list.Table(i)
		all = append(all, NamedTensor{
			Name:   t.String("tensor's name", schema.TensorMapName),
			Tensor: int(t.Uint32("tensor's index", schema.TensorMapTensor, 0)),
		})
	}
	return all, d.r.Err()
}

// subgraphName is a subgraph's name without the usual one.
func subgraphName(name string) string {
	if name == mainName {
		return ""
	}
	return name
}

// mainName is what converters call the first subgraph.
const mainName = "main"

func (d *decoder) subgraph(m *Model, g flat.Table) error {
	tensors := g.Vector("tensors", schema.SubGraphTensors, 4)
	operators := g.Vector("operators", schema.SubGraphOperators, 4)
	m.Inputs = g.Vector("inputs", schema.SubGraphInputs, 4).Ints()
	m.Outputs = g.Vector("outputs", schema.SubGraphOutputs, 4).Ints()
	if err := d.r.Err(); err != nil {
		return err
	}
	m.Name = subgraphName(g.String("name", schema.SubGraphName))
	if tensors.Len() > MaxTensors {
		return fmt.Errorf("%d tensors, at most %d are read", tensors.Len(), MaxTensors)
	}
	if operators.Len() > MaxOperators {
		return fmt.Errorf("%d operators, at most %d are read", operators.Len(), MaxOperators)
	}
	d.tensors += tensors.Len()
	d.steps += operators.Len()
	if most := 4 * MaxTensors; d.tensors > most || d.steps > most {
		return fmt.Errorf("all subgraphs have more than %d tensors or operators, which is the most that is read", most)
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
			if d.r.Err() != nil {
				return fmt.Errorf("operator %d (%v): %w", i, o.Op, err)
			}
			o.Options = UnknownOptions{Union: 1, Why: err.Error()}
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
		t.Unread = "it is sparse: convert the model without pruned tensors kept as such (Optimize.EXPERIMENTAL_SPARSITY)"
	}
	if ft.Uint32("external buffer", schema.TensorExternalBuffer, 0) != 0 {
		t.Unread = "its data lie in another file: convert the model with its weights inside"
	}
	var err error
	if t.Data, err = d.buffer(ft.Uint32("buffer", schema.TensorBuffer, 0)); err != nil {
		return err
	}
	quant := ft.Table("quantization", schema.TensorQuantization)
	if kind := quant.Uint8("details type", schema.QuantizationDetailsType, 0); kind != 0 {
		t.Unread = fmt.Sprintf("its quantisation has details of kind %d, as blockwise and custom quantisation have", kind)
		return d.r.Err()
	}
	t.Quant, err = d.quantisation(quant)
	return err
}

func (d *decoder) quantisation(ft flat.Table) (*Quantisation, error) {
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
