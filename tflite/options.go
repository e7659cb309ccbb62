package tflite

import (
	"errors"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
)

// options is what the options struct of an operator has in common with the others.
type options interface {
	// verify checks all that needs no knowledge of the tensors.
	verify() error
	// write adds the options' table to a file.
	write(w *writer) flatbuffers.UOffsetT
}

// codec is how an operator's options are read from a file and told from those of other operators.
type codec struct {
	kind   int  // member of the union BuiltinOptions
	second bool // of BuiltinOptions2 instead
	read   func(t flat.Table) (options, error)
	// of gives the options as what they are; false where they are not of the operator's type.
	of func(any) (options, bool)
}

// coded makes the codec of options of type T, which is member kind of the union. The table that read gets is absent
// where the file has no options: all fields then have the format's default values.
func coded[T options](kind int, read func(t flat.Table) (T, error)) *codec {
	return &codec{
		kind: kind,
		read: func(t flat.Table) (options, error) { return read(t) },
		of: func(o any) (options, bool) {
			p, ok := o.(T)
			return p, ok
		},
	}
}

// secondly gives the codec of options in the union BuiltinOptions2.
func secondly(c *codec) *codec {
	c.second = true
	return c
}

// verifyOptions checks that an operator's options are of its type and within their limits.
func (o *Operator) verifyOptions() error {
	d := lookup(o.Op)
	switch {
	case d == nil:
		return nil
	case d.options == nil:
		if o.Options != nil {
			return fmt.Errorf("options are %T", o.Options)
		}
		return nil
	}
	if p, unknown := o.Options.(UnknownOptions); unknown && p.Why != "" {
		return errors.New(p.Why)
	}
	p, ok := d.options.of(o.Options)
	if !ok {
		return fmt.Errorf("options are %T", o.Options)
	}
	return p.verify()
}

// UnknownOptions stands for options that this package does not decode. A model
// that holds them can be shown but not written.
type UnknownOptions struct {
	Union int    // 1 for BuiltinOptions, 2 for BuiltinOptions2, 0 for custom options
	Kind  int    // member of the union
	Why   string // what is wrong with options of an operator that this package knows; empty for others
}
