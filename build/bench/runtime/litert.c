// Brackets inferences of LiteRT, by its C API, with the system call that the counting plugin watches for. Signatures are
// written out, since the wheel that has the library ships no header; tflite/backend/library calls it alike.
//
//	qemu-aarch64 -L ROOT -plugin count.so litert libLiteRt.so MODEL
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { mark_call = 4242, most_tensors = 16, lock_write = 1, cpu = 1 };

typedef void *handle;

static void *library;

// try calls a function of the library that gives a status.
static void try(const char *name, handle a, handle b, handle c, handle d, handle e, handle f)
{
	int (*function)(handle, handle, handle, handle, handle, handle) = dlsym(library, name);
	int status = function ? function(a, b, c, d, e, f) : -1;
	if (status != 0) {
		fprintf(stderr, "litert: %s: status %d\n", name, status);
		exit(1);
	}
}

static void keep(void *settings) { (void)settings; }

// compile loads a model for one thread of the processor, with the XNNPACK delegate as by default.
static handle compile(handle environment, const char *path, handle *model)
{
	static char settings[] = "num_threads = 1\n";
	handle options, opaque, compiled;
	try("LiteRtCreateModelFromFile", environment, (handle)path, model, 0, 0, 0);
	try("LiteRtCreateOptions", &options, 0, 0, 0, 0, 0);
	try("LiteRtSetOptionsHardwareAccelerators", options, (handle)cpu, 0, 0, 0, 0);
	try("LiteRtCreateOpaqueOptions", "xnnpack", settings, (handle)keep, &opaque, 0, 0);
	try("LiteRtAddOpaqueOptions", options, opaque, 0, 0, 0, 0);
	try("LiteRtCreateCompiledModel", environment, *model, options, &compiled, 0, 0);
	return compiled;
}

// buffers makes the buffers of a side, "Input" or "Output", in the signature's order.
static uint64_t buffers(const char *side, handle environment, handle model, handle compiled, handle *all)
{
	char name[80];
	handle signature, tensor, needs;
	uint64_t count = 0;
	try("LiteRtGetModelSignature", model, 0, &signature, 0, 0, 0);
	snprintf(name, sizeof name, "LiteRtGetNumSignature%ss", side);
	try(name, signature, &count, 0, 0, 0, 0);
	if (count > most_tensors) {
		fprintf(stderr, "litert: %llu tensors are too many\n", (unsigned long long)count);
		exit(1);
	}
	for (uint64_t i = 0; i < count; i++) {
		uint32_t type[18]; // element, rank, dimensions, strides
		snprintf(name, sizeof name, "LiteRtGetSignature%sTensorByIndex", side);
		try(name, signature, (handle)i, &tensor, 0, 0, 0);
		try("LiteRtGetRankedTensorType", tensor, type, 0, 0, 0, 0);
		snprintf(name, sizeof name, "LiteRtGetCompiledModel%sBufferRequirements", side);
		try(name, compiled, 0, (handle)i, &needs, 0, 0);
		try("LiteRtCreateManagedTensorBufferFromRequirements", environment, type, needs, &all[i], 0, 0);
	}
	return count;
}

// fill gives an input random bytes, or numbers of a normal size where it has float32.
static void fill(handle buffer, uint32_t type)
{
	uint64_t size = 0;
	uint8_t *at;
	try("LiteRtGetTensorBufferPackedSize", buffer, &size, 0, 0, 0, 0);
	try("LiteRtLockTensorBuffer", buffer, &at, (handle)lock_write, 0, 0, 0);
	if (type == 1) {
		for (uint64_t i = 0; i < size / 4; i++)
			((float *)at)[i] = (float)rand() / RAND_MAX * 4 - 2;
	} else {
		for (uint64_t i = 0; i < size; i++)
			at[i] = (uint8_t)(rand() >> 8);
	}
	try("LiteRtUnlockTensorBuffer", buffer, 0, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	handle environment, model, inputs[most_tensors], outputs[most_tensors];
	uint32_t type[18];
	if (argc != 3 || !(library = dlopen(argv[1], RTLD_NOW))) {
		fprintf(stderr, "litert: LIBRARY MODEL: %s\n", argc == 3 ? dlerror() : "two arguments");
		return 1;
	}
	try("LiteRtCreateEnvironment", 0, 0, &environment, 0, 0, 0);
	handle compiled = compile(environment, argv[2], &model);
	uint64_t ins = buffers("Input", environment, model, compiled, inputs);
	uint64_t outs = buffers("Output", environment, model, compiled, outputs);
	for (uint64_t i = 0; i < ins; i++) {
		try("LiteRtGetTensorBufferTensorType", inputs[i], type, 0, 0, 0, 0);
		fill(inputs[i], type[0]);
	}
	for (long i = -1; i < 5; i++) {
		if (i >= 0)
			syscall(mark_call, 1000 + i);
		try("LiteRtRunCompiledModel", compiled, 0, (handle)ins, inputs, (handle)outs, outputs);
		if (i >= 0)
			syscall(mark_call, i);
	}
	_exit(0); // the delegate's threads need no goodbye
}
