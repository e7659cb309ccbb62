package tflite

import (
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
		size += len(m.Tensors[i].Data) + 256
	}
	w := writer{b: flatbuffers.NewBuilder(size)}
	// Children before parents; the first buffer is the empty one by convention.
	buffers := []flatbuffers.UOffsetT{w.buffer(nil)}
	tensors := make([]flatbuffers.UOffsetT, len(m.Tensors))
	for i := range m.Tensors {
		t := &m.Tensors[i]
		buffer := 0
		if len(t.Data) > 0 {
			buffer = len(buffers)
			buffers = append(buffers, w.buffer(t.Data))
		}
		tensors[i] = w.tensor(t, buffer)
	}
	metadata := make([]flatbuffers.UOffsetT, len(m.Metadata))
	for i, entry := range m.Metadata {
		data := w.buffer(entry.Data)
		name := w.b.CreateString(entry.Name)
		w.b.StartObject(schema.MetadataFields)
		w.b.PrependUOffsetTSlot(schema.MetadataName, name, 0)
		w.b.PrependUint32Slot(schema.MetadataBuffer, uint32(len(buffers)), 0)
		metadata[i] = w.b.EndObject()
		buffers = append(buffers, data)
	}
	operators := make([]flatbuffers.UOffsetT, len(m.Operators))
	for i := range m.Operators {
		var err error
		if operators[i], err = w.operator(&m.Operators[i]); err != nil {
			return nil, fmt.Errorf("tflite: operator %d (%v): %w", i, m.Operators[i].Op, err)
		}
	}
	subgraph := w.subgraph(m, tensors, operators)

	description := w.b.CreateString(m.Description)
	codesAt := w.offsets(w.codes)
	subgraphsAt := w.offsets([]flatbuffers.UOffsetT{subgraph})
	buffersAt := w.offsets(buffers)
	var metadataAt flatbuffers.UOffsetT
	if len(metadata) > 0 {
		metadataAt = w.offsets(metadata)
	}
	w.b.StartObject(schema.ModelFields)
	w.b.PrependUint32Slot(schema.ModelVersion, schema.Version, 0)
	w.b.PrependUOffsetTSlot(schema.ModelOperatorCodes, codesAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelSubgraphs, subgraphsAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelDescription, description, 0)
	w.b.PrependUOffsetTSlot(schema.ModelBuffers, buffersAt, 0)
	w.b.PrependUOffsetTSlot(schema.ModelMetadata, metadataAt, 0)
	w.b.FinishWithFileIdentifier(w.b.EndObject(), []byte(schema.FileIdentifier))
	return w.b.FinishedBytes(), nil
}

// writer adds objects to a FlatBuffer and collects the operator codes in use.
type writer struct {
	b        *flatbuffers.Builder
	codes    []flatbuffers.UOffsetT
	codeKeys []codeKey
}

type codeKey struct {
	op      Op
	custom  string
	version int
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
	w.b.StartObject(schema.TensorFields)
	w.b.PrependUOffsetTSlot(schema.TensorShape, shape, 0)
	w.b.PrependInt8Slot(schema.TensorType, int8(t.Type), 0)
	w.b.PrependUint32Slot(schema.TensorBuffer, uint32(buffer), 0)
	w.b.PrependUOffsetTSlot(schema.TensorName, name, 0)
	w.b.PrependUOffsetTSlot(schema.TensorQuantization, quant, 0)
	w.b.PrependBoolSlot(schema.TensorIsVariable, t.Variable, false)
	w.b.PrependBoolSlot(schema.TensorHasRank, true, false)
	return w.b.EndObject()
}

func (w *writer) subgraph(m *Model, tensors, operators []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	name := w.b.CreateString("main")
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
	kind, options, err := w.options(o.Options)
	if err != nil {
		return 0, err
	}
	inputs := w.ints(o.Inputs)
	outputs := w.ints(o.Outputs)
	w.b.StartObject(schema.OperatorFields)
	w.b.PrependUint32Slot(schema.OperatorOpcodeIndex, uint32(code), 0)
	w.b.PrependUOffsetTSlot(schema.OperatorInputs, inputs, 0)
	w.b.PrependUOffsetTSlot(schema.OperatorOutputs, outputs, 0)
	w.b.PrependUint8Slot(schema.OperatorBuiltinOptionsType, uint8(kind), schema.OptionsNone)
	w.b.PrependUOffsetTSlot(schema.OperatorBuiltinOptions, options, 0)
	return w.b.EndObject(), nil
}

// options writes an options struct and gives its member of the union.
func (w *writer) options(options any) (kind int, at flatbuffers.UOffsetT, err error) {
	b := w.b
	switch p := options.(type) {
	case nil:
		return schema.OptionsNone, 0, nil
	case Conv2DOptions:
		b.StartObject(schema.Conv2DFields)
		b.PrependInt8Slot(schema.Conv2DPadding, int8(p.Padding), 0)
		b.PrependInt32Slot(schema.Conv2DStrideW, int32(p.StrideW), 0)
		b.PrependInt32Slot(schema.Conv2DStrideH, int32(p.StrideH), 0)
		b.PrependInt8Slot(schema.Conv2DActivation, int8(p.Activation), 0)
		b.PrependInt32Slot(schema.Conv2DDilationW, int32(p.DilationW), 1)
		b.PrependInt32Slot(schema.Conv2DDilationH, int32(p.DilationH), 1)
		return schema.OptionsConv2D, b.EndObject(), nil
	case DepthwiseConv2DOptions:
		b.StartObject(schema.DepthwiseConv2DFields)
		b.PrependInt8Slot(schema.DepthwiseConv2DPadding, int8(p.Padding), 0)
		b.PrependInt32Slot(schema.DepthwiseConv2DStrideW, int32(p.StrideW), 0)
		b.PrependInt32Slot(schema.DepthwiseConv2DStrideH, int32(p.StrideH), 0)
		b.PrependInt32Slot(schema.DepthwiseConv2DDepthMultiplier, int32(p.DepthMultiplier), 0)
		b.PrependInt8Slot(schema.DepthwiseConv2DActivation, int8(p.Activation), 0)
		b.PrependInt32Slot(schema.DepthwiseConv2DDilationW, int32(p.DilationW), 1)
		b.PrependInt32Slot(schema.DepthwiseConv2DDilationH, int32(p.DilationH), 1)
		return schema.OptionsDepthwiseConv2D, b.EndObject(), nil
	case TransposeConvOptions:
		b.StartObject(schema.TransposeConvFields)
		b.PrependInt8Slot(schema.TransposeConvPadding, int8(p.Padding), 0)
		b.PrependInt32Slot(schema.TransposeConvStrideW, int32(p.StrideW), 0)
		b.PrependInt32Slot(schema.TransposeConvStrideH, int32(p.StrideH), 0)
		b.PrependInt8Slot(schema.TransposeConvActivation, int8(p.Activation), 0)
		return schema.OptionsTransposeConv, b.EndObject(), nil
	case Pool2DOptions:
		b.StartObject(schema.Pool2DFields)
		b.PrependInt8Slot(schema.Pool2DPadding, int8(p.Padding), 0)
		b.PrependInt32Slot(schema.Pool2DStrideW, int32(p.StrideW), 0)
		b.PrependInt32Slot(schema.Pool2DStrideH, int32(p.StrideH), 0)
		b.PrependInt32Slot(schema.Pool2DFilterWidth, int32(p.FilterW), 0)
		b.PrependInt32Slot(schema.Pool2DFilterHeight, int32(p.FilterH), 0)
		b.PrependInt8Slot(schema.Pool2DActivation, int8(p.Activation), 0)
		return schema.OptionsPool2D, b.EndObject(), nil
	case FullyConnectedOptions:
		b.StartObject(schema.FullyConnectedFields)
		b.PrependInt8Slot(schema.FullyConnectedActivation, int8(p.Activation), 0)
		b.PrependBoolSlot(schema.FullyConnectedKeepNumDims, p.KeepNumDims, false)
		return schema.OptionsFullyConnected, b.EndObject(), nil
	case AddOptions:
		b.StartObject(schema.AddFields)
		b.PrependInt8Slot(schema.AddActivation, int8(p.Activation), 0)
		return schema.OptionsAdd, b.EndObject(), nil
	case MulOptions:
		b.StartObject(schema.MulFields)
		b.PrependInt8Slot(schema.MulActivation, int8(p.Activation), 0)
		return schema.OptionsMul, b.EndObject(), nil
	case SubOptions:
		b.StartObject(schema.SubFields)
		b.PrependInt8Slot(schema.SubActivation, int8(p.Activation), 0)
		return schema.OptionsSub, b.EndObject(), nil
	case SoftmaxOptions:
		b.StartObject(schema.SoftmaxFields)
		b.PrependFloat32Slot(schema.SoftmaxBeta, p.Beta, 0)
		return schema.OptionsSoftmax, b.EndObject(), nil
	case ReshapeOptions:
		var shape flatbuffers.UOffsetT
		if len(p.NewShape) > 0 {
			shape = w.ints(p.NewShape)
		}
		b.StartObject(schema.ReshapeFields)
		b.PrependUOffsetTSlot(schema.ReshapeShape, shape, 0)
		return schema.OptionsReshape, b.EndObject(), nil
	}
	return 0, 0, fmt.Errorf("options are %T, which this package does not write", options)
}
