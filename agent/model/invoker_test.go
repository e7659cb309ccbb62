package model

import (
	"context"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// elsewhere is an Invoker that has memory of its own, as one in another process does.
type elsewhere struct {
	*tflite.Interpreter
	in, out []byte
	invoked int
	resets  int
}

func (e *elsewhere) InputBytes(int) []byte  { return e.in }
func (e *elsewhere) OutputBytes(int) []byte { return e.out }

func (e *elsewhere) Reset() {
	e.resets++
	e.Interpreter.Reset()
}

func (e *elsewhere) Invoke() {
	e.invoked++
	copy(e.Interpreter.InputBytes(0), e.in)
	e.Interpreter.Invoke()
	copy(e.out, e.Interpreter.OutputBytes(0))
	clear(e.in) // Invoke may overwrite inputs
}

// TestInvoker scores the same on an Invoker that is no interpreter.
func TestInvoker(t *testing.T) {
	s := testSettings()
	m, err := Parse(encode(t, constantModel(), s))
	if err != nil {
		t.Fatal(err)
	}
	it, err := tflite.NewInterpreter(m.graph, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := &elsewhere{Interpreter: it, in: make([]byte, len(it.InputBytes(0))),
		out: make([]byte, len(it.OutputBytes(0)))}
	sc, err := m.NewScorerOn(other)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := push(newScorer(t, s))
	got, _ := push(sc)
	if len(want) == 0 || len(got) != len(want) || other.invoked == 0 {
		t.Fatalf("%d scores in %d inferences, want %d scores", len(got), other.invoked, len(want))
	}
	for i := range want {
		if got[i].Value != want[i].Value {
			t.Errorf("score %d is %g, want %g", i, got[i].Value, want[i].Value)
		}
	}
	before := other.resets
	if sc.Reset(); other.resets != before+1 {
		t.Errorf("a reset of the scorer resets the graph's state %d times, want once", other.resets-before)
	}
}

// TestEndWith wants no score of an inference that a context ended, nor of what was pushed before, and scores as before
// once that is over.
func TestEndWith(t *testing.T) {
	s := testSettings()
	want, at := push(newScorer(t, s))
	sc := newScorer(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	release := sc.EndWith(ctx)
	for i, f := range testFrames {
		if i == at[0] {
			cancel()
		}
		if score, ok := sc.Push(f); ok {
			t.Errorf("frame %d: score %g", i, score.Value)
		}
	}
	if score, ok := sc.Flush(); ok {
		t.Errorf("score %g is left", score.Value)
	}
	release()
	sc.Reset()
	got, _ := push(sc)
	if len(got) != len(want) || got[0].Value != want[0].Value {
		t.Errorf("scores %v, want %v", got, want)
	}
}
