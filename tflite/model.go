package tflite

// Model is a decoded .tflite file: its first subgraph, and the others beside it.
type Model struct {
	Description string
	Name        string // of the subgraph; empty for "main"
	Tensors     []Tensor
	Operators   []Operator // in execution order
	Inputs      []int      // indices into Tensors
	Outputs     []int      // indices into Tensors
	Metadata    []Metadata
	// Subgraphs are the file's others, which operators such as WHILE and CALL_ONCE call and Signatures offer. The model
	// itself is number 0, Subgraphs[i] number i+1; they have none of their own.
	Subgraphs []*Model
	// Signatures are the ways to use the model that the file names.
	Signatures []Signature
}

// Signature is a subgraph with names for its inputs and outputs.
type Signature struct {
	Name            string
	Subgraph        int
	Inputs, Outputs []NamedTensor
}

// NamedTensor is a tensor of a signature's subgraph.
type NamedTensor struct {
	Name   string
	Tensor int
}

// Metadata is a named entry that runtimes ignore.
type Metadata struct {
	Name string
	Data []byte // refers into the file's bytes after Parse
}

// Tensor is one value of the graph: a constant, an input, or what an operator
// computes.
type Tensor struct {
	Name  string
	Type  Type
	Shape []int         // row-major, last dimension contiguous; empty for a scalar
	Quant *Quantisation // nil when the tensor is not quantised
	// Signature is Shape with -1 for each dimension that the converter left open, as Keras does with the batch; Shape
	// then holds 1 there. It is nil where nothing is open. NewInterpreter computes what is open of tensors that
	// operators compute, and keeps the Shape of inputs.
	Signature []int
	// Data is the little-endian constant value, of exactly the bytes that Type
	// and Shape need; nil when the tensor is not constant. After Parse it
	// refers into the file's bytes.
	Data []byte
	// Variable marks a tensor that operators change in place, as recurrent ones do: see UnidirectionalSequenceLSTM. State
	// by handles is another thing, see AssignVariable.
	Variable bool
	// Unread says what the file tells of the tensor that this package does not read. The model can be shown, but not run
	// or written.
	Unread string
}

// Quantisation maps codes to numbers: real = scale * (code - zero point).
type Quantisation struct {
	// Scales holds one scale for the tensor, or one for each index of
	// dimension Axis. Each is positive and finite.
	Scales []float32
	// ZeroPoints is as long as Scales; each lies in the tensor type's range.
	ZeroPoints []int64
	// Axis is the dimension that Scales belong to; 0 when there is one scale.
	Axis int
}

// Operator is one step of the computation.
type Operator struct {
	Op      Op
	Custom  string // name of a Custom operator, otherwise empty
	Version int    // version of the operator's definition, 1 or more
	Inputs  []int  // indices into Model.Tensors; -1 is an optional input left out
	Outputs []int  // indices into Model.Tensors
	// Intermediates are tensors whose quantisation says how the operator computes; they hold nothing. Most have none.
	Intermediates []int
	// Options is the operator's options struct by value (Conv2DOptions for
	// Conv2D, ...), nil for operators without options.
	Options any
}
