// TensorFlow Lite's C API by a library that adds one to each byte of a model with one input and one output of 640 int8, and
// fails where FAIL says; IS_ and its name is defined too.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NOWHERE, MODEL, INTERPRETER, ALLOCATE, COUNT, TENSOR, TYPE, SIZE, INPUT, INVOKE, OUTPUT, VERSION, CONSTRUCTOR, OLD };
#ifndef FAIL
#define FAIL NOWHERE
#endif
#define EXPORT __attribute__((visibility("default")))
enum { BYTES = 640, INT8 = 9 };
static int8_t in[BYTES], out[BYTES];

__attribute__((constructor)) static void begin(void) {
	if (FAIL == CONSTRUCTOR) abort();
}

EXPORT const char *TfLiteVersion(void) { return FAIL == VERSION ? "3.0.0-rc" : "2.17.0"; }
EXPORT void *TfLiteModelCreate(const void *data, size_t n) { return FAIL == MODEL ? 0 : malloc(1); }
EXPORT void TfLiteModelDelete(void *m) { free(m); }
EXPORT void *TfLiteInterpreterOptionsCreate(void) { return malloc(1); }
EXPORT void TfLiteInterpreterOptionsDelete(void *o) { free(o); }
EXPORT void TfLiteInterpreterOptionsSetNumThreads(void *o, int32_t n) {}
#ifndef IS_OLD
EXPORT void TfLiteInterpreterOptionsAddDelegate(void *o, void *d) {}
#endif
EXPORT void *TfLiteInterpreterCreate(void *m, void *o) { return FAIL == INTERPRETER ? 0 : malloc(1); }
EXPORT void TfLiteInterpreterDelete(void *i) { free(i); }
EXPORT int TfLiteInterpreterAllocateTensors(void *i) { return FAIL == ALLOCATE ? 1 : 0; }
EXPORT int32_t TfLiteInterpreterGetInputTensorCount(void *i) { return FAIL == COUNT ? -1 : 1; }
EXPORT void *TfLiteInterpreterGetInputTensor(void *i, int32_t n) { return FAIL == TENSOR ? 0 : in; }
EXPORT int32_t TfLiteInterpreterGetOutputTensorCount(void *i) { return 1; }
EXPORT void *TfLiteInterpreterGetOutputTensor(void *i, int32_t n) { return out; }
EXPORT int TfLiteTensorType(void *t) { return FAIL == TYPE ? 1 : INT8; }
EXPORT size_t TfLiteTensorByteSize(void *t) { return FAIL == SIZE ? 1 << 30 : BYTES; }
EXPORT int TfLiteTensorCopyFromBuffer(void *t, const void *from, size_t n) {
	memcpy(t, from, n);
	return FAIL == INPUT ? 4 : 0;
}
EXPORT int TfLiteTensorCopyToBuffer(void *t, void *to, size_t n) {
	memcpy(to, t, n);
	return FAIL == OUTPUT ? 5 : 0;
}
EXPORT int TfLiteInterpreterInvoke(void *i) {
	for (int k = 0; k < BYTES; k++) out[k] = in[k] + 1;
	return FAIL == INVOKE ? 3 : 0;
}
#ifdef IS_VERSION
EXPORT void *TfLiteXNNPackDelegateOptionsDefault(void *o) { return o; }
EXPORT void *TfLiteXNNPackDelegateCreate(const void *o) { return malloc(1); }
EXPORT void TfLiteXNNPackDelegateDelete(void *d) { free(d); }
#endif
