package model

import "testing"

// TestTrace counts the calls round each inference: a benchmark must see every
// one, and the scores must not change.
func TestTrace(t *testing.T) {
	s := testSettings()
	plain, traced := newScorer(t, s), newScorer(t, s)
	var calls []bool
	traced.Trace = func(after bool) { calls = append(calls, after) }
	want, _ := push(plain)
	got, _ := push(traced)
	if len(want) == 0 || len(got) != len(want) || got[0].Value != want[0].Value {
		t.Errorf("traced scores %v, plain %v", got, want)
	}
	if len(calls) == 0 || len(calls)%2 != 0 {
		t.Fatalf("%d calls", len(calls))
	}
	for i, after := range calls {
		if after != (i%2 == 1) {
			t.Fatalf("call %d says after=%v", i, after)
		}
	}
}
