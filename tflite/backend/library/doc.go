// Package library runs models by runtimes in shared libraries, which it opens while the program runs.
//
// # Concepts
//
// An engine is a runtime with a model loaded, as package backend asks for it:
//
//	OpenTFLite   any library with the C API of TensorFlow Lite: libtensorflowlite_c.so and what distributions
//	             and vendors call it. XNNPACK, which the library may hold, computes what it can; before it comes an
//	             external delegate, a plugin that a vendor ships for an accelerator
//	OpenLiteRT   libLiteRt.so: compiled models, on the CPU and whatever accelerators its plugins offer
//
// What a program links this package for is linked dynamically, since it needs the system's loader; so only
// auscult-delegate does.
//
// # Formats
//
// Structs of C are written out where the libraries have them in their interface: TfLiteXNNPackDelegateOptions
// (xnnpack.go) and LiteRtRankedTensorType (litert.go).
//
// # Errors
//
// A library that is missing, for another processor, too old, or without the symbols that are needed is an error that
// says which. What a library does once it is called is beyond this package: it may crash the process, and that is why
// it has one of its own.
//
// # Sources
//
// tensorflow/lite/c/c_api.h, tensorflow/lite/delegates/xnnpack/xnnpack_delegate.h and
// tensorflow/lite/delegates/external/external_delegate.h at 2.17 and 2.21; litert/c of LiteRT 2.3.0.
package library
