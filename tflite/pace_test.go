package tflite_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// slow is a few kilobytes that keep a processor busy for long: depthwise convolutions of 64x64 over an image.
func slow(layers int) *tflite.Model {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 0.1}
	x := b.Input(q, 1, 512, 512, 1)
	w := b.Weights(make([]int8, 64*64), 3, []float32{0.01}, 1, 64, 64, 1)
	bias := b.Bias(make([]int32, 1), q.Scale, []float32{0.01})
	p := tflite.DepthwiseConv2DOptions{
		Padding: tflite.Same, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, DepthMultiplier: 1,
	}
	for range layers {
		x = b.Op(tflite.DepthwiseConv2D, 3, p, b.Activation(q, 1, 512, 512, 1), x, w, bias)
	}
	b.Output(x)
	return &b.Model
}

// TestTimeLimit wants small files refused that would take minutes, and those that take as long as is allowed to run.
func TestTimeLimit(t *testing.T) {
	m := slow(5)
	if data, err := m.Marshal(); err != nil || len(data) > 16<<10 {
		t.Fatalf("%d bytes, error %v", len(data), err)
	}
	_, err := tflite.NewInterpreter(m, tflite.Options{})
	if err == nil || !strings.Contains(err.Error(), "takes about") || !strings.Contains(err.Error(), "the limit is 20s") {
		t.Errorf("error %v", err)
	}
	if _, err = tflite.NewInterpreter(m, tflite.Options{TimeLimit: time.Minute}); err != nil {
		t.Errorf("with a minute: %v", err)
	}
	if _, err = tflite.NewInterpreter(slow(1), tflite.Options{}); err != nil {
		t.Errorf("one layer: %v", err)
	}
}

// TestInvokeContext ends a loop that does not end by itself, and what a context that is done begins.
func TestInvokeContext(t *testing.T) {
	it := newInterpreter(t, endless(1))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := it.InvokeContext(done); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := it.InvokeContext(t.Context()); err != nil {
		t.Errorf("error %v", err)
	}
	if got := getFloats(it.OutputBytes(0)); got[0] != 1<<16 {
		t.Errorf("the loop ended after %v rounds", got)
	}
	// This one takes a second or more where nothing ends it.
	long := newInterpreter(t, endless(1<<14))
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := long.InvokeContext(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if it.Invoke(); getFloats(it.OutputBytes(0))[0] != 1<<16 {
		t.Error("the next inference does not run to its end")
	}
}

// TestProfileAfterStop wants an inference that is profiled to run to its end although the one before was ended.
func TestProfileAfterStop(t *testing.T) {
	it := newInterpreter(t, endless(1<<10))
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := it.InvokeContext(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	it.InvokeProfiled(func(int, time.Duration) {})
	if got := getFloats(it.OutputBytes(0))[0]; got != 1<<16 {
		t.Errorf("the loop ended after %v rounds", got)
	}
}

// endless is a loop that adds 1 to n numbers while the first is not negative.
func endless(n int) *tflite.Model {
	float := func(b *tflitetest.Builder) int { return b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{n}}) }
	number := func(b *tflitetest.Builder, v float32) int {
		data := make([]byte, 4)
		putFloats(data, []float32{v})
		return b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1}, Data: data})
	}
	condition, body, main := new(tflitetest.Builder), new(tflitetest.Builder), new(tflitetest.Builder)
	x := condition.FloatInput(n)
	first := condition.Op(tflite.Slice, 1, nil, condition.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1}}),
		x, condition.Ints([]int32{0}, 1), condition.Ints([]int32{1}, 1))
	yes := condition.Tensor(tflite.Tensor{Type: tflite.Bool, Shape: []int{1}})
	condition.Output(condition.Op(tflite.GreaterEqual, 1, nil, yes, first, number(condition, 0)))
	x = body.FloatInput(n)
	body.Output(body.Op(tflite.Add, 1, tflite.AddOptions{}, float(body), x, number(body, 1)))
	x = main.FloatInput(n)
	main.Output(main.Op(tflite.While, 1, tflite.WhileOptions{Condition: 1, Body: 2}, float(main), x))
	m := &main.Model
	m.Subgraphs = []*tflite.Model{&condition.Model, &body.Model}
	return m
}

// TestHalted wants operators that may take long to compute nothing once an inference is to end.
func TestHalted(t *testing.T) {
	long := []string{
		"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "BATCH_MATMUL", "AVERAGE_POOL_2D",
		"MAX_POOL_2D", "UNIDIRECTIONAL_SEQUENCE_LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM int8",
	}
	ran := map[string]bool{}
	for _, k := range makers {
		if !slices.Contains(long, k.kind) {
			continue
		}
		for _, cpu := range tflite.CPUs() {
			if cpu.Missing != "" {
				continue
			}
			m, _ := k.make(rand.New(rand.NewPCG(3, 0)))
			it, err := tflite.NewInterpreter(m, tflite.Options{CPU: cpu.Name})
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Repeat([]byte{0x5A}, len(it.OutputBytes(0)))
			copy(it.OutputBytes(0), before)
			if it.RunHalted(); !bytes.Equal(it.OutputBytes(0), before) {
				t.Errorf("%s with the kernels %s computed its output", m.Description, cpu.Name)
			}
			ran[m.Description] = true
		}
	}
	if len(ran) < 28 {
		t.Errorf("%d models ran", len(ran))
	}
}

// TestEndWith ends inferences that follow each other, and then lets them be.
func TestEndWith(t *testing.T) {
	it := newInterpreter(t, endless(1))
	ctx, cancel := context.WithCancel(t.Context())
	release := it.EndWith(ctx)
	if it.Invoke(); getFloats(it.OutputBytes(0))[0] != 1<<16 {
		t.Error("an inference ended early")
	}
	cancel()
	for ended := false; !ended; { // the context tells in a goroutine of its own
		it.Invoke()
		ended = getFloats(it.OutputBytes(0))[0] != 1<<16
	}
	release()
	if it.Invoke(); getFloats(it.OutputBytes(0))[0] != 1<<16 {
		t.Error("the inference after release ended early")
	}
}
