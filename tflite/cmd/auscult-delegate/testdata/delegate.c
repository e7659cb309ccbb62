// An external delegate that takes int8 LOGISTIC nodes, or where there is none the last FULLY_CONNECTED, and does with them
// what its option says: do=right (LOGISTIC only) or do=zero computes, all else goes wrong in its own way.
#include "tflite.h"
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOGISTIC = 14, FULLY_CONNECTED = 9, INT8 = 9 };
static char what[32];
static int count;

typedef struct { int in, out; } kernel;

static void *start(context *c, const char *buffer, size_t n) {
	const delegate_params *p = (const delegate_params *)buffer;
	kernel *k = calloc(1, sizeof *k);
	k->in = p->inputs->data[0];
	k->out = p->outputs->data[0];
	return k;
}

static void end(context *c, void *k) { free(k); }

static int prepare(context *c, node *n) { return strcmp(what, "refuse") == 0; }

static void right(tensor *x, tensor *y) {
	for (size_t i = 0; i < y->bytes; i++) {
		float v = (x->data.int8[i] - x->params.zero_point) * x->params.scale;
		int q = (int)floorf(1 / (1 + expf(-v)) / y->params.scale + 0.5f) + y->params.zero_point;
		y->data.int8[i] = q < -128 ? -128 : q > 127 ? 127 : q;
	}
}

static int invoke(context *c, node *n) {
	kernel *k = n->user_data;
	tensor *x = &c->tensors[k->in], *y = &c->tensors[k->out];
	// The first inferences are those by which a helper is judged.
	int late = ++count > 20;
	if (strcmp(what, "right") == 0) {
		right(x, y);
		return 0;
	}
	memset(y->data.raw, 0, y->bytes);
	if (strcmp(what, "error") == 0) {
		c->report_error(c, "this chip is on fire");
		return 1;
	}
	if (strcmp(what, "crash") == 0 || (late && strcmp(what, "crash-late") == 0)) *(volatile int *)8 = 1;
	if (strcmp(what, "abort") == 0) abort();
	if (strcmp(what, "exit") == 0) exit(0);
	if (strcmp(what, "hang") == 0 || (late && strcmp(what, "hang-late") == 0))
		for (;;) pause();
	if (strcmp(what, "spin") == 0)
		for (;;) __asm__ volatile("" ::: "memory");
	// Beyond its tensor, far enough to meet somebody else's.
	if (strcmp(what, "scribble") == 0) memset((char *)y->data.raw - 65536, 0x5a, 1 << 20);
	if (strcmp(what, "fork") == 0 && fork() == 0)
		for (;;) pause();
	if (strcmp(what, "leak") == 0) memset(malloc(8 << 20), 1, 8 << 20);
	if (strcmp(what, "files") == 0)
		for (int i = 0; i < 8; i++) (void)!open("/dev/null", O_RDONLY);
	if (strcmp(what, "stop") == 0) raise(SIGSTOP);
	return 0;
}

static int take(context *c, delegate *d) {
	ints *plan;
	if (c->get_execution_plan(c, &plan)) return 1;
	ints *nodes = calloc(1, sizeof(int) * (plan->size + 1));
	int last = -1;
	for (int i = 0; i < plan->size; i++) {
		node *n;
		registration *r;
		if (c->get_node_and_registration(c, plan->data[i], &n, &r)) return 1;
		if (c->tensors[n->inputs->data[0]].type != INT8) continue;
		if (r->builtin_code == LOGISTIC) nodes->data[nodes->size++] = plan->data[i];
		if (r->builtin_code == FULLY_CONNECTED) last = plan->data[i];
	}
	if (nodes->size == 0 && last >= 0 && strcmp(what, "right") != 0) nodes->data[nodes->size++] = last;
	registration r;
	memset(&r, 0, sizeof r);
	r.init = start;
	r.free = end;
	r.prepare = prepare;
	r.invoke = invoke;
	r.custom_name = "AuscultTest";
	r.version = 1;
	int status = nodes->size ? c->replace_nodes(c, r, nodes, d) : 0;
	free(nodes);
	return status;
}

EXPORT delegate *tflite_plugin_create_delegate(const char **keys, const char **values, size_t n, void (*report)(const char *)) {
	strcpy(what, "right");
	for (size_t i = 0; i < n; i++) {
		if (strcmp(keys[i], "do") != 0) {
			report("the only option is do");
			return 0;
		}
		strncpy(what, values[i], sizeof what - 1);
	}
	if (strcmp(what, "null") == 0) {
		report("no device found");
		return 0;
	}
	delegate *d = calloc(1, sizeof *d);
	d->prepare = take;
	return d;
}

EXPORT void tflite_plugin_destroy_delegate(delegate *d) { free(d); }
