package fault

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestBoard(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := NewBoard(func() time.Time { return now })
	if !b.Raise(SourceOpen, "fan", "no such device") {
		t.Error("a new fault was not reported as new")
	}
	<-b.Changed()
	if b.Raise(SourceOpen, "fan", "no such device") {
		t.Error("the same fault was reported as new")
	}
	select {
	case <-b.Changed():
		t.Error("a change was signalled where nothing changed")
	default:
	}
	since := now
	now = now.Add(time.Minute)
	if b.Raise(SourceOpen, "fan", "busy") {
		t.Error("a new text was reported as a new fault")
	}
	b.Raise(Broker, "", "refused")
	list := b.List()
	if len(list) != 2 || list[0].Code != Broker || list[1].Text != "busy" || !list[1].Since.Equal(since) {
		t.Errorf("List() = %+v", list)
	}
	if !b.Clear(Broker, "") || b.Clear(Broker, "") {
		t.Error("Clear must report exactly once")
	}
	if list = b.List(); len(list) != 1 {
		t.Errorf("after Clear: %+v", list)
	}
}

func TestBoardBounds(t *testing.T) {
	b := NewBoard(time.Now)
	for i := range 2 * MaxFaults {
		b.Raise(SourceRead, fmt.Sprint(i), "x")
	}
	if n := len(b.List()); n != MaxFaults {
		t.Errorf("%d faults stand, want %d", n, MaxFaults)
	}
	b = NewBoard(time.Now)
	b.Raise(SourceRead, "a", "line\nline\x00"+strings.Repeat("é", MaxText)+"\xff")
	text := b.List()[0].Text
	if len(text) > MaxText || strings.ContainsAny(text, "\n\x00") || strings.ToValidUTF8(text, "") != text {
		t.Errorf("text of %d bytes: %q", len(text), text)
	}
}
