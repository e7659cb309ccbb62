package tflite

import (
	"fmt"

	"github.com/auscult/auscult/tflite/schema"
)

// Type is a tensor's element type. Its values are those of the file format.
type Type int8

// Element types. The Interpreter computes in Int8, Int32 and Float32; some others it moves and converts, see Cast,
// Quantize and Dequantize. All can be read, shown and written.
const (
	Float32    Type = schema.TypeFloat32
	Float16    Type = schema.TypeFloat16
	Int32      Type = schema.TypeInt32
	Uint8      Type = schema.TypeUint8
	Int64      Type = schema.TypeInt64
	String     Type = schema.TypeString
	Bool       Type = schema.TypeBool
	Int16      Type = schema.TypeInt16
	Complex64  Type = schema.TypeComplex64
	Int8       Type = schema.TypeInt8
	Float64    Type = schema.TypeFloat64
	Complex128 Type = schema.TypeComplex128
	Uint64     Type = schema.TypeUint64
	Resource   Type = schema.TypeResource
	Variant    Type = schema.TypeVariant
	Uint32     Type = schema.TypeUint32
	Uint16     Type = schema.TypeUint16
	Int4       Type = schema.TypeInt4
	Bfloat16   Type = schema.TypeBfloat16
)

// typeInfo says what is fixed about each element type. size 0 means that the
// element count does not give the byte count.
var typeInfo = [...]struct {
	name string
	size int
}{
	Float32: {"float32", 4}, Float16: {"float16", 2}, Int32: {"int32", 4},
	Uint8: {"uint8", 1}, Int64: {"int64", 8}, String: {"string", 0},
	Bool: {"bool", 1}, Int16: {"int16", 2}, Complex64: {"complex64", 8},
	Int8: {"int8", 1}, Float64: {"float64", 8}, Complex128: {"complex128", 16},
	Uint64: {"uint64", 8}, Resource: {"resource", 0}, Variant: {"variant", 0},
	Uint32: {"uint32", 4}, Uint16: {"uint16", 2}, Int4: {"int4", 0},
	Bfloat16: {"bfloat16", 2},
}

// String gives the type's name in lower case, for example "int8".
func (t Type) String() string {
	if !t.known() {
		return fmt.Sprintf("type %d", int8(t))
	}
	return typeInfo[t].name
}

// Size gives the bytes of one element, or 0 where elements have no fixed
// whole number of bytes (strings, int4, resources, unknown types).
func (t Type) Size() int {
	if !t.known() {
		return 0
	}
	return typeInfo[t].size
}

func (t Type) known() bool { return t >= 0 && int(t) < len(typeInfo) }

// zeroPointRange gives the codes that a zero point of this type may take.
func (t Type) zeroPointRange() (lo, hi int64) {
	switch t {
	case Int8:
		return -128, 127
	case Uint8:
		return 0, 255
	case Int16:
		return -1 << 15, 1<<15 - 1
	case Uint16:
		return 0, 1<<16 - 1
	case Int4:
		return -8, 7
	default:
		return -1 << 31, 1<<31 - 1
	}
}
