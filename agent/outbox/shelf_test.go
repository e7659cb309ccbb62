package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/message"
)

// presentOf returns what a node with sources is and has.
func presentOf(node string, sources ...string) []message.Event {
	all := []message.Event{&message.Status{Node: node}}
	for _, s := range sources {
		all = append(all, &message.State{Head: message.Head{Node: node, Source: s}})
	}
	return all
}

// TestTopicsOfSourcesThatAreGone has a node whose configuration changes from start to start:
// what the broker retains of what is no more is emptied, once.
func TestTopicsOfSourcesThatAreGone(t *testing.T) {
	o := options(t, faults{}, JSON{})
	o.Client = nowhere(t)
	for _, run := range []struct {
		present []message.Event
		greeted bool
		emptied string // in the hello
	}{
		{presentOf("n", "fan", "pump"), true, ""},
		{presentOf("n", "fan", "pump"), true, ""},
		{presentOf("n", "fan"), false, "auscult/n/pump/state"}, // the broker is away
		{presentOf("n", "fan"), true, "auscult/n/pump/state"},
		{presentOf("n", "fan"), true, ""},
		{presentOf("m", "fan", "pump"), true, "auscult/n/fan/state auscult/n/status"},
		{presentOf("m", "fan", "pump"), true, ""},
	} {
		o.Present = run.present
		b := openBroker(t, o)
		all, err := b.hello()
		if err != nil || len(all) == 0 || len(all[0].Payload) == 0 {
			t.Fatal(all, err)
		}
		var emptied []string
		for _, m := range all[1:] {
			if !m.Retained || len(m.Payload) > 0 {
				t.Errorf("%+v empties nothing", m)
			}
			emptied = append(emptied, m.Topic)
		}
		if got := strings.Join(emptied, " "); got != run.emptied {
			t.Errorf("emptied %q, want %q", got, run.emptied)
		}
		if run.greeted {
			b.greeted()
		}
		if again, err := b.hello(); err != nil || run.greeted && len(again) != 1 {
			t.Errorf("the next connection begins with %v, %v", again, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShelfThatCannotBeRead counts as empty and is written anew.
func TestShelfThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"garbage": "\x00\xff[", "another kind": `{"a":1}`, "huge": `["` + strings.Repeat("x", maxShelfBytes) + `"]`,
		"no topics": `["", "#", "a/+/b", "\u0000"]`,
	} {
		path := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(path+shelfEnding, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := newShelf(path)
		if err := s.hold([]string{"b", "a", "b", ""}); err != nil || len(s.stale()) != 0 {
			t.Errorf("%s: %v, stale %q", name, err, s.stale())
		}
		if got := newShelf(path).noted; !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%s: noted %q", name, got)
		}
	}
	path := filepath.Join(t.TempDir(), "folder")
	if err := errors.Join(os.Mkdir(path, 0o700), os.Mkdir(path+shelfEnding, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := newShelf(path).hold([]string{"a"}); err == nil {
		t.Error("a folder was replaced by a file")
	}
}
