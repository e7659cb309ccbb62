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
	o.Intermediates = ft.Vector("intermediates", schema.OperatorIntermediates, 4).Ints()
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

// options decodes an operator's options. Absent options have the format's
// default values, which verify judges.
func (d *decoder) options(o *Operator, ft flat.Table) error {
	kind := int(ft.Uint8("builtin_options_type", schema.OperatorBuiltinOptionsType, 0))
	kind2 := int(ft.Uint8("builtin_options_2_type", schema.OperatorOptions2Type, 0))
	def := lookup(o.Op)
	if def == nil {
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
	if def.options == nil {
		return d.r.Err()
	}
	want, field := def.options.kind, schema.OperatorBuiltinOptions
	if def.options.second {
		kind, field = kind2, schema.OperatorOptions2
	}
	if kind != schema.OptionsNone && kind != want {
		return fmt.Errorf("options of kind %d, expected %d", kind, want)
	}
	var t flat.Table // absent where the union says so, whatever the field holds
	if kind == want {
		t = ft.Table("options", field)
	}
	p, err := def.options.read(t)
	if err != nil {
		return err
	}
	o.Options = p
	return d.r.Err()
}
