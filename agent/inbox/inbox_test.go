package inbox

import (
	"fmt"
	"slices"
	"testing"
)

func TestRouter(t *testing.T) {
	var r Router
	r.Receive("a", []byte("nobody asked"), false) // must not panic
	var got []string
	for _, name := range []string{"1", "2"} {
		r.Handle("b", func(payload []byte, retained bool) { got = append(got, fmt.Sprint(name, string(payload), retained)) })
	}
	r.Handle("a", func(payload []byte, _ bool) { got = append(got, "a"+string(payload)) })
	if topics := r.Topics(); !slices.Equal(topics, []string{"a", "b"}) {
		t.Errorf("topics %q", topics)
	}
	r.Receive("b", []byte("x"), true)
	r.Receive("c", []byte("y"), false)
	r.Receive("a", nil, false)
	if want := []string{"1xtrue", "2xtrue", "a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
