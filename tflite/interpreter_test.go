package tflite_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

func open(t testing.TB, name string) *tflite.Model {
	t.Helper()
	m, err := tflite.Open(filepath.Join("testdata", name+".tflite"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInvokeDoesNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for _, k := range makers {
		m, _ := k.make(r)
		it := newInterpreter(t, m)
		if n := testing.AllocsPerRun(10, it.Invoke); n != 0 {
			t.Errorf("%s: %v allocations an inference", m.Description, n)
		}
	}
	it := newInterpreter(t, open(t, "dsae_int8"))
	if n := testing.AllocsPerRun(2, it.Invoke); n != 0 {
		t.Errorf("dsae_int8: %v allocations an inference", n)
	}
}

// TestInvokeKeepsInputs runs twice without writing the input again: the input must
// not have been overwritten.
func TestInvokeKeepsInputs(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	for _, k := range makers {
		m, input := k.make(r)
		it := newInterpreter(t, m)
		rest := input
		for i := range it.Inputs() {
			rest = rest[copy(it.InputBytes(i), rest):]
		}
		it.Invoke()
		first := append([]byte(nil), it.OutputBytes(0)...)
		it.Reset()
		it.Invoke()
		if !bytes.Equal(it.OutputBytes(0), first) {
			t.Errorf("%s: the second inference differs", m.Description)
		}
		for i := range it.Inputs() {
			if n := len(it.InputBytes(i)); !bytes.Equal(it.InputBytes(i), input[:n]) {
				t.Errorf("%s: input %d was overwritten", m.Description, i)
			} else {
				input = input[n:]
			}
		}
	}
}

// TestParallel runs one model in several goroutines, each with its interpreter.
func TestParallel(t *testing.T) {
	m := open(t, "ad01_int8")
	input := readFile(t, filepath.Join("testdata", "ad01_int8.in"))
	want := readFile(t, filepath.Join("testdata", "ad01_int8.out"))
	var wg sync.WaitGroup
	for range 4 {
		it := newInterpreter(t, m)
		wg.Go(func() {
			for range 20 {
				copy(it.InputBytes(0), input)
				it.Invoke()
				if !bytes.Equal(it.OutputBytes(0), want) {
					t.Error("an output differs")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestInfo(t *testing.T) {
	it := newInterpreter(t, open(t, "cae_int8"))
	in, out := it.Inputs()[0], it.Outputs()[0]
	if in.Type != tflite.Int8 || in.Bytes != 128*64 || len(in.Shape) != 4 {
		t.Errorf("input is %v of %d bytes, shape %v", in.Type, in.Bytes, in.Shape)
	}
	if in.ZeroPoint != -128 || !(in.Scale > 0) {
		t.Errorf("input has zero point %d, scale %g", in.ZeroPoint, in.Scale)
	}
	if out.Bytes != 128*64 || out.Scale != 1.0/256 || out.ZeroPoint != -128 {
		t.Errorf("output is %+v", out)
	}
	macs := int64(0)
	for _, o := range it.Operators() {
		if o.Op == tflite.Conv2D || o.Op == tflite.TransposeConv {
			macs += o.MACs
		}
	}
	// Output elements times taps of the four convolutions; input elements times
	// taps and output channels of the four transposed ones.
	want := int64(9 * (64*32*32*1 + 32*16*64*32 + 16*8*128*64 + 8*4*256*128 +
		8*4*256*128 + 16*8*128*64 + 32*16*64*32 + 64*32*32*1))
	if macs != want {
		t.Errorf("%d multiply-accumulate steps, expected %d", macs, want)
	}
	// The largest tensor, 64 x 32 x 32, lives beside the input, the output and a
	// copy of itself with padding.
	if n := it.ArenaBytes(); n < 64*32*32 || n > 64*32*32+65*33*32+6*128*64 {
		t.Errorf("the arena has %d bytes", n)
	}
	steps := 0
	it.InvokeProfiled(func(op int, elapsed time.Duration) {
		if op != steps || elapsed < 0 {
			t.Errorf("step %d reported as %d, %v", steps, op, elapsed)
		}
		steps++
	})
	if steps != len(it.Operators()) {
		t.Errorf("%d of %d steps reported", steps, len(it.Operators()))
	}
}

func TestLimits(t *testing.T) {
	m := open(t, "cae_int8")
	for _, c := range []struct {
		opts tflite.Options
		want string
	}{
		{tflite.Options{ArenaLimitBytes: 1 << 16}, "limit"},
		{tflite.Options{ArenaLimitBytes: 70000}, "limit of 70000 bytes"},
		{tflite.Options{MACLimit: 1e6}, "limit of 1000000 multiply-accumulate steps"},
	} {
		if _, err := tflite.NewInterpreter(m, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error is %v", c.opts, err)
		}
	}
}

func TestDense(t *testing.T) {
	q := tflitetest.Code{Scale: 0.5, ZeroPoint: -10}
	m := tflitetest.Dense(q, 16, 8, 4, 8, 16)
	it := newInterpreter(t, m)
	for i := range it.InputBytes(0) {
		it.InputBytes(0)[i] = byte(10 * i)
	}
	it.Invoke()
	first := append([]byte(nil), it.OutputBytes(0)...)
	it.InputBytes(0)[3] ^= 0x40
	it.Invoke()
	if bytes.Equal(first, it.OutputBytes(0)) {
		t.Error("the output does not depend on the input")
	}
}
