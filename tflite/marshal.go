package tflite

import (
	"cmp"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/schema"
)

// Marshal writes the model as a .tflite file. Equal models give equal bytes, and
// Parse of the result equals the model up to nil and empty slices. A model
// that holds UnknownOptions cannot be written.
func (m *Model) Marshal() ([]byte, error) {
	if err := m.verify(); err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	size := 4096
	for i := range m.Tensors {
		if why := m.Tensors[i].Unread; why != "" {
			return nil, fmt.Errorf("tflite: tensor %d (%.40q) cannot be written: %s", i, m.Tensors[i].Name, why)
		}
		size += len(m.Tensors[i].Data) + 256
	}
	w := writer{b: flatbuffers.NewBuilder(size)}
	// Children before parents; the first buffer is the empty one by convention.
	w.buffers = []flatbuffers.UOffsetT{w.buffer(nil)}
	graphs := append([]*Model{m}, m.Subgraphs...)
	tensors := make([][]flatbuffers.UOffsetT, len(graphs))
	for k, g := range graphs {
		tensors[k] = w.tensors(g)
	}
	metadata := w.metadata(m.Metadata)
	subgraphs := make([]flatbuffers.UOffsetT, len(graphs))
	for k, g := range graphs {
		operators, err := w.operators(g)
		if err != nil {
			return nil, err
		}
		subgraphs[k] = w.subgraph(g, tensors[k], operators)
	}

	description := w.b.CreateString(m.Description)
	codesAt := w.offsets(w.codes)
	subgraphsAt := w.offsets(subgraphs)
	buffersAt := w.offsets(w.buffers)
	var metadataAt, signaturesAt flatbuffers.UOffsetT
	if len(metadata) > 0 {
		metadataAt = w.offsets(metadata)
	}
	if len(m.Signatures) > 0 {
		signaturesAt = w.signatures(m.Signatures)
	}
	w.b.StartObject(schema.ModelFields)
	w.b.PrependUint32Slot(schema.ModelVersion, schema.Version, 0)
	w.b.PrependUOffsetTSlot(schema.ModelOperatorCodes, codesAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelSubgraphs, subgraphsAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelDescription, description, 0)
	w.b.PrependUOffsetTSlot(schema.ModelBuffers, buffersAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelMetadata, metadataAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelSignatures, signaturesAt, 0)
	w.b.FinishWithFileIdentifier(w.b.EndObject(), []byte(schema.FileIdentifier))
	return w.b.FinishedBytes(), nil
}

// metadata writes the named entries and their buffers.
func (w *writer) metadata(entries []Metadata) []flatbuffers.UOffsetT {
	all := make([]flatbuffers.UOffsetT, len(entries))
	for i, entry := range entries {
		data := w.buffer(entry.Data)
		name := w.b.CreateString(entry.Name)
		w.b.StartObject(schema.MetadataFields)
		w.b.PrependUOffsetTSlot(schema.MetadataName, name, 0)
		w.b.PrependUint32Slot(schema.MetadataBuffer, uint32(len(w.buffers)), 0)
		all[i] = w.b.EndObject()
		w.buffers = append(w.buffers, data)
	}
	return all
}

// signatures writes the ways to use the model.
func (w *writer) signatures(list []Signature) flatbuffers.UOffsetT {
	all := make([]flatbuffers.UOffsetT, len(list))
	for i, s := range list {
		name := w.b.CreateString(s.Name)
		inputs, outputs := w.named(s.Inputs), w.named(s.Outputs)
		w.b.StartObject(schema.SignatureFields)
		w.b.PrependUOffsetTSlot(schema.SignatureInputs, inputs, 0)
		w.b.PrependUOffsetTSlot(schema.SignatureOutputs, outputs, 0)
		w.b.PrependUOffsetTSlot(schema.SignatureKey, name, 0)
		w.b.PrependUint32Slot(schema.SignatureSubgraph, uint32(s.Subgraph), 0)
		all[i] = w.b.EndObject()
	}
	return w.offsets(all)
}

// named writes the names of tensors.
func (w *writer) named(list []NamedTensor) flatbuffers.UOffsetT {
	all := make([]flatbuffers.UOffsetT, len(list))
	for i, n := range list {
		name := w.b.CreateString(n.Name)
		w.b.StartObject(schema.TensorMapFields)
		w.b.PrependUOffsetTSlot(schema.TensorMapName, name, 0)
		w.b.PrependUint32Slot(schema.TensorMapTensor, uint32(n.Tensor), 0)
		all[i] = w.b.EndObject()
	}
	return w.offsets(all)
}

// writer adds objects to a FlatBuffer and collects the operator codes in use.
type writer struct {
	b        *flatbuffers.Builder
	buffers  []flatbuffers.UOffsetT
	codes    []flatbuffers.UOffsetT
	codeKeys []codeKey
}

type codeKey struct {
	op      Op
	custom  string
	version int
}

// tensors writes a subgraph's tensors and their buffers.
func (w *writer) tensors(m *Model) []flatbuffers.UOffsetT {
	tensors := make([]flatbuffers.UOffsetT, len(m.Tensors))
	for i := range m.Tensors {
		t := &m.Tensors[i]
		buffer := 0
		if len(t.Data) > 0 {
			buffer = len(w.buffers)
			w.buffers = append(w.buffers, w.buffer(t.Data))
		}
		tensors[i] = w.tensor(t, buffer)
	}
	return tensors
}

// operators writes a subgraph's operators.
func (w *writer) operators(m *Model) ([]flatbuffers.UOffsetT, error) {
	operators := make([]flatbuffers.UOffsetT, len(m.Operators))
	for i := range m.Operators {
		var err error
		if operators[i], err = w.operator(&m.Operators[i]); err != nil {
			return nil, fmt.Errorf("tflite: operator %d (%v): %w", i, m.Operators[i].Op, err)
		}
	}
	return operators, nil
}

func (w *writer) offsets(list []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	w.b.StartVector(4, len(list), 4)
	for i := len(list) - 1; i >= 0; i-- {
		w.b.PrependUOffsetT(list[i])
	}
	return w.b.EndVector(len(list))
}

func (w *writer) ints(list []int) flatbuffers.UOffsetT {
	w.b.StartVector(4, len(list), 4)
	for i := len(list) - 1; i >= 0; i-- {
		w.b.PrependInt32(int32(list[i]))
	}
	return w.b.EndVector(len(list))
}

// buffer writes one entry of the buffers table; its data are aligned to 16.
func (w *writer) buffer(data []byte) flatbuffers.UOffsetT {
	var at flatbuffers.UOffsetT
	if len(data) > 0 {
		w.b.Prep(schema.BufferAlignment, len(data))
		at = w.b.CreateByteVector(data)
	}
	w.b.StartObject(schema.BufferFields)
	w.b.PrependUOffsetTSlot(schema.BufferData, at, 0)
	return w.b.EndObject()
}

func (w *writer) tensor(t *Tensor, buffer int) flatbuffers.UOffsetT {
	var quant flatbuffers.UOffsetT
	if q := t.Quant; q != nil {
		w.b.StartVector(4, len(q.Scales), 4)
		for i := len(q.Scales) - 1; i >= 0; i-- {
			w.b.PrependFloat32(q.Scales[i])
		}
		scales := w.b.EndVector(len(q.Scales))
		w.b.StartVector(8, len(q.ZeroPoints), 8)
		for i := len(q.ZeroPoints) - 1; i >= 0; i-- {
			w.b.PrependInt64(q.ZeroPoints[i])
		}
		zeroPoints := w.b.EndVector(len(q.ZeroPoints))
		w.b.StartObject(schema.QuantizationFields)
		w.b.PrependUOffsetTSlot(schema.QuantizationScale, scales, 0)
		w.b.PrependUOffsetTSlot(schema.QuantizationZeroPoint, zeroPoints, 0)
		w.b.PrependInt32Slot(schema.QuantizationDimension, int32(q.Axis), 0)
		quant = w.b.EndObject()
	}
	name := w.b.CreateString(t.Name)
	shape := w.ints(t.Shape)
	var signature flatbuffers.UOffsetT
	if t.Signature != nil {
		signature = w.ints(t.Signature)
	}
	w.b.StartObject(schema.TensorFields)
	w.b.PrependUOffsetTSlot(schema.TensorShape, shape, 0)
	w.b.PrependInt8Slot(schema.TensorType, int8(t.Type), 0)
	w.b.PrependUint32Slot(schema.TensorBuffer, uint32(buffer), 0)
	w.b.PrependUOffsetTSlot(schema.TensorName, name, 0)
	w.b.PrependUOffsetTSlot(schema.TensorQuantization, quant, 0)
	w.b.PrependBoolSlot(schema.TensorIsVariable, t.Variable, false)
	w.b.PrependUOffsetTSlot(schema.TensorShapeSignature, signature, 0)
	w.b.PrependBoolSlot(schema.TensorHasRank, true, false)
	return w.b.EndObject()
}

func (w *writer) subgraph(m *Model, tensors, operators []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	name := w.b.CreateString(cmp.Or(m.Name, mainName))
	tensorsAt := w.offsets(tensors)
	inputs := w.ints(m.Inputs)
	outputs := w.ints(m.Outputs)
	operatorsAt := w.offsets(operators)
	w.b.StartObject(schema.SubGraphFields)
	w.b.PrependUOffsetTSlot(schema.SubGraphTensors, tensorsAt, 0)
	w.b.PrependUOffsetTSlot(schema.SubGraphInputs, inputs, 0)
	w.b.PrependUOffsetTSlot(schema.SubGraphOutputs, outputs, 0)
	w.b.PrependUOffsetTSlot(schema.SubGraphOperators, operatorsAt, 0)
	w.b.PrependUOffsetTSlot(schema.SubGraphName, name, 0)
	return w.b.EndObject()
}

// code gives the index of an operator code, which it writes at first use.
func (w *writer) code(o *Operator) int {
	key := codeKey{o.Op, o.Custom, o.Version}
	for i, k := range w.codeKeys {
		if k == key {
			return i
		}
	}
	var custom flatbuffers.UOffsetT
	if o.Custom != "" {
		custom = w.b.CreateString(o.Custom)
	}
	w.b.StartObject(schema.OperatorCodeFields)
	w.b.PrependInt8Slot(schema.OperatorCodeDeprecatedBuiltin, int8(min(o.Op, schema.PlaceholderForGreater)), 0)
	w.b.PrependUOffsetTSlot(schema.OperatorCodeCustom, custom, 0)
	w.b.PrependInt32Slot(schema.OperatorCodeVersion, int32(o.Version), 1)
	w.b.PrependInt32Slot(schema.OperatorCodeBuiltin, int32(o.Op), 0)
	w.codes = append(w.codes, w.b.EndObject())
	w.codeKeys = append(w.codeKeys, key)
	return len(w.codes) - 1
}

func (w *writer) operator(o *Operator) (flatbuffers.UOffsetT, error) {
	if _, unknown := o.Options.(UnknownOptions); unknown {
		return 0, fmt.Errorf("its options were not decoded and cannot be written")
	}
	code := w.code(o)
	kind, options, err := w.options(o)
	if err != nil {
		return 0, err
	}
	inputs := w.ints(o.Inputs)
	outputs := w.ints(o.Outputs)
	var intermediates flatbuffers.UOffsetT
	if len(o.Intermediates) > 0 {
		intermediates = w.ints(o.Intermediates)
	}
	second := false
	if d := lookup(o.Op); d != nil && d.options != nil {
		second = d.options.second
	}
	if second {
		w.b.StartObject(schema.OperatorFields2)
	} else {
		w.b.StartObject(schema.OperatorFields)
	}
	w.b.PrependUint32Slot(schema.OperatorOpcodeIndex, uint32(code), 0)
	w.b.PrependUOffsetTSlot(schema.OperatorInputs, inputs, 0)
	w.b.PrependUOffsetTSlot(schema.OperatorOutputs, outputs, 0)
	w.b.PrependUOffsetTSlot(schema.OperatorIntermediates, intermediates, 0)
	if second {
		w.b.PrependUint8Slot(schema.OperatorOptions2Type, uint8(kind), schema.OptionsNone)
		w.b.PrependUOffsetTSlot(schema.OperatorOptions2, options, 0)
		return w.b.EndObject(), nil
	}
	w.b.PrependUint8Slot(schema.OperatorBuiltinOptionsType, uint8(kind), schema.OptionsNone)
	w.b.PrependUOffsetTSlot(schema.OperatorBuiltinOptions, options, 0)
	return w.b.EndObject(), nil
}

// options writes an operator's options and gives their member of the union.
func (w *writer) options(o *Operator) (kind int, at flatbuffers.UOffsetT, err error) {
	if o.Options == nil {
		return schema.OptionsNone, 0, nil
	}
	if d := lookup(o.Op); d != nil && d.options != nil {
		if p, ok := d.options.of(o.Options); ok {
			return d.options.kind, p.write(w), nil
		}
	}
	return 0, 0, fmt.Errorf("options are %T, which this package does not write", o.Options)
}
