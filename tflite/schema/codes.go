package schema

// Values of enum TensorType.
const (
	TypeFloat32    = 0
	TypeFloat16    = 1
	TypeInt32      = 2
	TypeUint8      = 3
	TypeInt64      = 4
	TypeString     = 5
	TypeBool       = 6
	TypeInt16      = 7
	TypeComplex64  = 8
	TypeInt8       = 9
	TypeFloat64    = 10
	TypeComplex128 = 11
	TypeUint64     = 12
	TypeResource   = 13
	TypeVariant    = 14
	TypeUint32     = 15
	TypeUint16     = 16
	TypeInt4       = 17
	TypeBfloat16   = 18
)

// Values of enum Padding.
const (
	PaddingSame  = 0
	PaddingValid = 1
)

// Values of enum ActivationFunctionType.
const (
	ActivationNone     = 0
	ActivationRelu     = 1
	ActivationReluN1To = 2
	ActivationRelu6    = 3
	ActivationTanh     = 4
	ActivationSignBit  = 5
)
