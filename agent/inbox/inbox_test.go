package inbox

import (
	"slices"
	"testing"
)

func TestRouter(t *testing.T) {
	var r Router
	r.Receive("a", []byte("nobody asked")) // must not panic
	var got []string
	for _, name := range []string{"1", "2"} {
		r.Handle("b", func(payload []byte) { got = append(got, name+string(payload)) })
	}
	r.Handle("a", func(payload []byte) { got = append(got, "a"+string(payload)) })
	if topics := r.Topics(); !slices.Equal(topics, []string{"a", "b"}) {
		t.Errorf("topics %q", topics)
	}
	r.Receive("b", []byte("x"))
	r.Receive("c", []byte("y"))
	r.Receive("a", nil)
	if want := []string{"1x", "2x", "a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
