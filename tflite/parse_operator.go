package tflite

import (
	"fmt"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

func (d *decoder) operator(o *Operator, ft flat.Table) error {
	index := ft.Uint32("opcode_index", schema.OperatorOpcodeIndex, 0)
	o.Inputs = ft.Vector("inputs", schema.OperatorInputs, 4).Ints()
	o.Outputs = ft.Vector("outputs", schema.OperatorOutputs, 4).Ints()
	if err := d.r.Err(); err != nil {
		return err
	}
	if uint64(index) >= uint64(d.codes.Len()) {
		return fmt.Errorf("operator code %d, the model has %d", index, d.codes.Len())
	}
	code := d.codes.Table(int(index))
	// Writers fill the wide field, the old byte, or both.
	old := int8(code.Uint8("deprecated_builtin_code", schema.OperatorCodeDeprecatedBuiltin, 0))
	o.Op = Op(max(code.Int32("builtin_code", schema.OperatorCodeBuiltin, 0), int32(old)))
	o.Custom = code.String("custom_code", schema.OperatorCodeCustom)
	o.Version = int(code.Int32("version", schema.OperatorCodeVersion, 1))
	if err := d.r.Err(); err != nil {
		return fmt.Errorf("operator code %d: %w", index, err)
	}
	if o.Op < 0 {
		return fmt.Errorf("operator code %d has the negative value %d", index, int32(o.Op))
	}
	return nil
}

// optionsKind gives the union member that holds an operator's options, or
// OptionsNone for operators whose options say nothing, and whether this package
// knows the operator.
func optionsKind(op Op) (kind int, known bool) {
	switch op {
	case Conv2D:
		return schema.OptionsConv2D, true
	case DepthwiseConv2D:
		return schema.OptionsDepthwiseConv2D, true
	case TransposeConv:
		return schema.OptionsTransposeConv, true
	case AveragePool2D:
		return schema.OptionsPool2D, true
	case FullyConnected:
		return schema.OptionsFullyConnected, true
	case Add:
		return schema.OptionsAdd, true
	case Mul:
		return schema.OptionsMul, true
	case Sub:
		return schema.OptionsSub, true
	case Softmax:
		return schema.OptionsSoftmax, true
	case Reshape:
		return schema.OptionsReshape, true
	case Exp, Logistic, Relu, Relu6, Pad, Tile, Quantize, Dequantize:
		return schema.OptionsNone, true
	}
	return schema.OptionsNone, false
}

// options decodes an operator's options. Absent options have the format's
// default values, which verify judges.
func (d *decoder) options(o *Operator, ft flat.Table) error {
	kind := int(ft.Uint8("builtin_options_type", schema.OperatorBuiltinOptionsType, 0))
	kind2 := int(ft.Uint8("builtin_options_2_type", schema.OperatorOptions2Type, 0))
	want, known := optionsKind(o.Op)
	if !known {
		switch {
		case kind2 != 0:
			o.Options = UnknownOptions{Union: 2, Kind: kind2}
		case kind != 0:
			o.Options = UnknownOptions{Union: 1, Kind: kind}
		case ft.Vector("custom_options", schema.OperatorCustomOptions, 1).Len() > 0:
			o.Options = UnknownOptions{}
		}
		return d.r.Err()
	}
	if want == schema.OptionsNone {
		return d.r.Err()
	}
	if kind != schema.OptionsNone && kind != want {
		return fmt.Errorf("options of kind %d, expected %d", kind, want)
	}
	var t flat.Table // absent where the union says so, whatever the field holds
	if kind == want {
		t = ft.Table("options", schema.OperatorBuiltinOptions)
	}
	switch o.Op {
	case Conv2D:
		o.Options = Conv2DOptions{
			Padding: Padding(t.Uint8("padding", schema.Conv2DPadding, 0)),
			StrideH: int(t.Int32("stride_h", schema.Conv2DStrideH, 0)), StrideW: int(t.Int32("stride_w", schema.Conv2DStrideW, 0)),
			DilationH: int(t.Int32("dilation_h_factor", schema.Conv2DDilationH, 1)), DilationW: int(t.Int32("dilation_w_factor", schema.Conv2DDilationW, 1)),
			Activation: Activation(t.Uint8("activation", schema.Conv2DActivation, 0)),
		}
	case DepthwiseConv2D:
		o.Options = DepthwiseConv2DOptions{
			Padding: Padding(t.Uint8("padding", schema.DepthwiseConv2DPadding, 0)),
			StrideH: int(t.Int32("stride_h", schema.DepthwiseConv2DStrideH, 0)), StrideW: int(t.Int32("stride_w", schema.DepthwiseConv2DStrideW, 0)),
			DepthMultiplier: int(t.Int32("depth_multiplier", schema.DepthwiseConv2DDepthMultiplier, 0)),
			DilationH:       int(t.Int32("dilation_h_factor", schema.DepthwiseConv2DDilationH, 1)), DilationW: int(t.Int32("dilation_w_factor", schema.DepthwiseConv2DDilationW, 1)),
			Activation: Activation(t.Uint8("activation", schema.DepthwiseConv2DActivation, 0)),
		}
	case TransposeConv:
		o.Options = TransposeConvOptions{
			Padding: Padding(t.Uint8("padding", schema.TransposeConvPadding, 0)),
			StrideH: int(t.Int32("stride_h", schema.TransposeConvStrideH, 0)), StrideW: int(t.Int32("stride_w", schema.TransposeConvStrideW, 0)),
			Activation: Activation(t.Uint8("activation", schema.TransposeConvActivation, 0)),
		}
	case AveragePool2D:
		o.Options = Pool2DOptions{
			Padding: Padding(t.Uint8("padding", schema.Pool2DPadding, 0)),
			StrideH: int(t.Int32("stride_h", schema.Pool2DStrideH, 0)), StrideW: int(t.Int32("stride_w", schema.Pool2DStrideW, 0)),
			FilterH: int(t.Int32("filter_height", schema.Pool2DFilterHeight, 0)), FilterW: int(t.Int32("filter_width", schema.Pool2DFilterWidth, 0)),
			Activation: Activation(t.Uint8("activation", schema.Pool2DActivation, 0)),
		}
	case FullyConnected:
		if format := t.Uint8("weights_format", schema.FullyConnectedWeightsFormat, 0); format != 0 {
			return fmt.Errorf("weights format %d is not supported", format)
		}
		o.Options = FullyConnectedOptions{
			Activation:  Activation(t.Uint8("activation", schema.FullyConnectedActivation, 0)),
			KeepNumDims: t.Bool("keep_num_dims", schema.FullyConnectedKeepNumDims),
		}
	case Add:
		o.Options = AddOptions{Activation: Activation(t.Uint8("activation", schema.AddActivation, 0))}
	case Mul:
		o.Options = MulOptions{Activation: Activation(t.Uint8("activation", schema.MulActivation, 0))}
	case Sub:
		o.Options = SubOptions{Activation: Activation(t.Uint8("activation", schema.SubActivation, 0))}
	case Softmax:
		o.Options = SoftmaxOptions{Beta: t.Float32("beta", schema.SoftmaxBeta)}
	case Reshape:
		shape := t.Vector("new_shape", schema.ReshapeShape, 4)
		if shape.Len() > MaxDims {
			return fmt.Errorf("new shape of %d dimensions, at most %d are read", shape.Len(), MaxDims)
		}
		o.Options = ReshapeOptions{NewShape: shape.Ints()}
	}
	return d.r.Err()
}
