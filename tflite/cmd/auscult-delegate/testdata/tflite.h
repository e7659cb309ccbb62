// What a delegate touches of TensorFlow Lite's interface, as it is laid out from 2.17 to 2.21.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

typedef struct { int size; int data[]; } ints;
typedef struct context context;
typedef struct delegate delegate;

typedef struct {
	int type;
	union { void *raw; int8_t *int8; } data;
	ints *dims;
	struct { float scale; int32_t zero_point; } params;
	int allocation_type;
	size_t bytes;
	const void *allocation;
	const char *name;
	delegate *owner;
	int buffer_handle;
	bool stale, variable;
	struct { int type; void *params; } quantization;
	void *sparsity;
	const ints *dims_signature;
} tensor;

typedef struct {
	ints *inputs, *outputs, *intermediates, *temporaries;
	void *user_data, *builtin_data;
	const void *custom_initial_data;
	int custom_initial_data_size;
	delegate *owner;
	bool might_have_side_effect;
} node;

typedef struct {
	void *(*init)(context *, const char *, size_t);
	void (*free)(context *, void *);
	int (*prepare)(context *, node *);
	int (*invoke)(context *, node *);
	const char *(*profiling_string)(const context *, const node *);
	int32_t builtin_code;
	const char *custom_name;
	int version;
	void *external;
	void *async_kernel;
	uint64_t inplace_operator;
} registration;

// The first members only: the library makes it.
struct context {
	size_t tensors_size;
	int (*get_execution_plan)(context *, ints **);
	tensor *tensors;
	void *impl;
	void *resize_tensor;
	void (*report_error)(context *, const char *, ...);
	void *add_tensors;
	int (*get_node_and_registration)(context *, int, node **, registration **);
	int (*replace_nodes)(context *, registration, const ints *, delegate *);
};

struct delegate {
	void *data;
	int (*prepare)(context *, delegate *);
	void *copy_from, *copy_to, *free_handle;
	int64_t flags;
	void *opaque_builder;
};

typedef struct { delegate *owner; ints *nodes, *inputs, *outputs; } delegate_params;
