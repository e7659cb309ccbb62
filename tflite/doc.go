// Package tflite reads, verifies, writes and runs quantised TensorFlow Lite
// models without cgo.
//
// # Concepts
//
// Parse decodes a file into a Model of plain structs, after checking every
// offset, length, index and shape in it. Marshal writes a Model back.
// NewInterpreter checks that this package can run the model, plans its memory
// and precomputes all that does not depend on the input; Invoke then computes
// the outputs from the inputs without allocating.
//
//	file --Parse--> Model --NewInterpreter--> Interpreter
//	                  |                        InputBytes -> Invoke -> OutputBytes
//	                  +--Marshal--> file
//
// An operator is one file, op_*.go, with one definition: which versions are known, how its options are read, checked
// and written, what it costs, and the arithmetics that it has. Which of these runs is chosen by the types of the
// operator's tensors, in definition.choose only. All else walks the table of definitions (op.go):
//
//	parse.go, parse_operator.go, flat      file -> Model       options by definition.options
//	marshal.go                             Model -> file       likewise
//	verify.go, options.go                  what needs no tensors' meaning
//	check.go, definition.go                each operator: choose a variant, check it, count its cost against the budget
//	prepare.go, lives.go, arena.go         plan the memory, bind each operator's step to it
//	step.go, internal/kernels              the steps, and what they compute
//
// What several operators check alike stands by what it is about: tensor.go, window.go (padding), activation.go,
// weights.go, broadcast.go, elementwise.go and move.go. A new operator is its file, a line in op.go, a row in
// tflitetest's kinds, the fields of its options in schema where it has any, and a kernel where none serves. A new
// arithmetic of an operator is a variant more in its definition.
//
// # Formats
//
// Activations are int8 in NHWC order; float32 tensors stand before Quantize and after
// Dequantize, and so may uint8 and int16 at a model's borders. Models, or parts of them, of float32 throughout run
// too, with the same operators. Each family of kernels adds products in a fixed order, but the native ones fuse
// products and sums: they are within 1e-5 of the largest output of each other and of LiteRT, or of 1 where
// that is larger. Weights of int8 between activations of
// float32 (dynamic range quantisation) become float32; LiteRT quantises the activations too, and is
// some 0.4 % of the largest output away. The int8 arithmetic gives the same bytes as
// LiteRT 2.3.0 with its default XNNPACK delegate: convolutions and dense layers
// accumulate in int32 and map the sum by
//
//	clamp(roundeven(float32(acc) * s) + zero point),  s = si*sw/so in float32
//
// which is the same on every architecture, since Go rounds each explicit
// float32 conversion and the sums are integers. Options.Profile asks for the
// arithmetic of TFLite's reference kernels instead. LiteRT itself differs between
// processors in SOFTMAX, for which it has other tables on arm64, and in what
// QUANTIZE makes of NaN; here both are as on x86-64 everywhere. Where the delegate leaves an operator to TFLite's own
// kernels (a transposed convolution whose shape the model computes, QUANTIZE between types), these round halves
// otherwise in their vectors than in what is left at the end; here too.
//
// Models that compute in uint8, as older converters quantise, are changed to int8 when they are prepared: the same
// codes, 128 less. Weights with a zero point become two of int8 whose products are added, which takes twice the time.
//
// Activations of int16 with weights of int8 (16x8) are computed in plain Go, with the bytes of TFLite's own kernels,
// vectors and what is left behind them included; zero points are 0. A convolution whose bias is int32 takes it for that
// where the options do not say so; LiteRT then reads beyond it. QUANTIZE to int16 saturates, as LiteRT does on arm64.
//
// UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF run in float32, with weights of float32 or int8, and in int8 with cells of
// int16; their state, and that of variables, stays from one inference to the next until Reset, as in LiteRT. Peepholes
// are counted by the cells; LiteRT's int8 counts them by the outputs, which with a projection may be others.
//
// WHILE, IF and STABLEHLO_COMPOSITE run other subgraphs, whose memory is their own. A loop whose rounds cannot be
// counted beforehand ends after 65,536. Where LiteRT fails while it runs (an index that leads nowhere, a division of
// integers by 0) there is a zero here.
//
// All shapes are known when a model is prepared. What the file leaves open (Tensor.Signature), as Keras does with the
// batch, follows from the operators, with the inputs' shapes as they stand; SHAPE and every operator whose inputs are
// constant are computed then and take no time in an inference (OperatorInfo.Folded). So float16 weights become float32.
//
// # Processors
//
// Matrix products and depthwise convolutions have kernels for several processors,
// chosen when the model is prepared: avx512vnni and avx2 on amd64, dotprod and
// neon on arm64, generic everywhere. The environment variable AUSCULT_CPU, or
// Options.CPU, forces one by name; one that the processor lacks is an error. The
// bytes are the same under each.
//
// # Concurrency
//
// A Model is read only once parsed; any number of Interpreters may share it,
// each in its own goroutine. One Interpreter serves one goroutine at a time.
//
// # Errors
//
// An error says what is wrong and where: "tflite: operator 3 (CONV_2D): input 1
// ...", and what to do where something else was given for a model. NewInterpreter's is a RefusedError where operators
// cannot run, and names all of them. Files from outside never cause a panic, nor an allocation that the file
// or the limits do not bound. Invoke returns no error, since NewInterpreter finds
// all that could go wrong; writing through Model.Tensors' data after that is
// the caller's bug.
//
// # Limits
//
// A file is at most 64 MiB (Open), a model at most 4,096 tensors and 4,096
// operators, a shape at most 8 dimensions, a tensor at most 2^31-1 bytes.
// Options bounds the memory and the work of one inference and of preparing it.
// At most 256 subgraphs are read, with four times as many tensors and operators in all; minima and maxima are not kept.
// The first subgraph runs, or the one that Model.WithSignature puts in its place.
//
// LiteRT runs some int8 models that NewInterpreter refuses, because kernels of
// another arithmetic would run there or because the model contradicts itself:
// convolutions whose weights have fewer channels than the input, ADD and SUB whose
// scales differ more than 1,024 times below or 256 times above the output's, MUL whose
// scales' product is not within 1/65536 to 256 times the output's, TRANSPOSE_CONV
// with SAME padding and a stride that exceeds the kernel, biases whose scale is not
// input times weight scale, and operators that only move, compare or average elements
// but change the quantisation. Profile Reference refuses SUM and RESIZE_BILINEAR of int8.
//
// # Sources
//
// Package schema names the file format's. The arithmetic was compared with
// ai-edge-litert 2.3.0 on the models in testdata and on random ones; the
// script is build/oracle/tflite.
package tflite
