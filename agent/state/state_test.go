package state

import "testing"

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		states []State
		want   State
	}{
		{nil, ""},
		{[]State{""}, ""},
		{[]State{"?"}, ""},
		{[]State{"", Normal}, Normal},
		{[]State{Off, Normal, Off}, Normal},
		{[]State{Normal, Learning}, Learning},
		{[]State{Warning, Normal}, Warning},
		{[]State{Warning, Unfit}, Unfit},
		{[]State{Fault, Unfit, Warning}, Fault},
		{[]State{Alarm, Fault}, Alarm},
		{[]State{Fault, Alarm}, Alarm},
	} {
		if got := Worst(c.states...); got != c.want {
			t.Errorf("%q: %q, want %q", c.states, got, c.want)
		}
	}
}

// TestOrder compares every two states, in both orders.
func TestOrder(t *testing.T) {
	order := []State{Off, Normal, Learning, Warning, Unfit, Fault, Alarm}
	for i, worse := range order {
		for _, better := range order[:i] {
			if got := Worst(better, worse); got != worse {
				t.Errorf("%s, %s: %s is worst", better, worse, got)
			}
			if got := Worst(worse, better); got != worse {
				t.Errorf("%s, %s: %s is worst", worse, better, got)
			}
		}
	}
}
