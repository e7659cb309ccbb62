package fault

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSet(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := NewSet(func() time.Time { return now })
	if isNew, changed := b.Raise(SourceOpen, "fan", "no such device"); !isNew || !changed {
		t.Error("a new fault was not reported as new")
	}
	if isNew, changed := b.Raise(SourceOpen, "fan", "no such device"); isNew || changed {
		t.Error("the same fault was reported as new")
	}
	since := now
	now = now.Add(time.Minute)
	if isNew, changed := b.Raise(SourceOpen, "fan", "busy"); isNew || !changed {
		t.Error("a new text was reported as a new fault")
	}
	b.Raise(Broker, "", "refused")
	list := b.List()
	if list[0].Severity != Error || list[0].Help != Broker.Kind().Help {
		t.Errorf("the broker's fault is %+v", list[0])
	}
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

func TestSetBounds(t *testing.T) {
	b := NewSet(time.Now)
	for i := range 2 * MaxFaults {
		b.Raise(SourceRead, fmt.Sprint(i), "x")
	}
	if n := len(b.List()); n != MaxFaults {
		t.Errorf("%d faults stand, want %d", n, MaxFaults)
	}
	if isNew, changed := b.Raise(Broker, "", "refused"); isNew || changed {
		t.Error("a fault that does not stand was reported as new")
	}
	if isNew, changed := b.Raise(SourceRead, "0", "y"); isNew || !changed || b.List()[0].Text != "y" {
		t.Errorf("in a full set the text of a fault stays %q", b.List()[0].Text)
	}
	b = NewSet(time.Now)
	b.Raise(SourceRead, "a", "line\nline\x00"+strings.Repeat("é", MaxText)+"\xff")
	text := b.List()[0].Text
	if len(text) > MaxText || strings.ContainsAny(text, "\n\x00") || strings.ToValidUTF8(text, "") != text {
		t.Errorf("text of %d bytes: %q", len(text), text)
	}
}

// TestOneLine cuts at the bound, and before a letter that it would divide.
func TestOneLine(t *testing.T) {
	whole := strings.Repeat("x", MaxText)
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"a\tb\x1f\x7f\u0080 ~", "a b  \u0080 ~"},
		{whole, whole},
		{whole + "y", whole},
		{whole[:MaxText-1] + "é", whole[:MaxText-1]},
		{whole[:MaxText-2] + "é", whole[:MaxText-2] + "é"},
		{whole[:MaxText-2] + "\U0001f50a", whole[:MaxText-2]},
	} {
		if got := oneLine(c.text); got != c.want {
			t.Errorf("%d bytes became %d: %q", len(c.text), len(got), got)
		}
	}
}

// TestBroken asks for a source that does not do its work: neither another's fault nor
// one that costs nothing now makes it so.
func TestBroken(t *testing.T) {
	b := NewSet(time.Now)
	b.Raise(SourceEnded, "fan", "over")
	b.Raise(SamplesLost, "fan", "lost 7")
	b.Raise(SourceOpen, "pump", "no such device")
	b.Raise(Broker, "", "refused")
	b.Raise(SourceFormat, "gear", "gives 8000")
	b.Raise(ConditionRange, "gear", "too fast")
	for source, want := range map[string][2]bool{"fan": {}, "pump": {true, false}, "gear": {true, true}} {
		if broken, unfit := b.Broken(source); [2]bool{broken, unfit} != want {
			t.Errorf("%s: broken %v, unfit %v", source, broken, unfit)
		}
	}
	b.Raise(SourceStalled, "gear", "gives nothing")
	if broken, unfit := b.Broken("gear"); !broken || unfit {
		t.Errorf("a sensor that gives nothing: broken %v, unfit %v", broken, unfit)
	}
}

// TestKinds holds the table to what it promises: every code has words for people.
func TestKinds(t *testing.T) {
	for code, k := range kinds {
		if k.Help == "" || len(k.Help) > MaxText || oneLine(k.Help) != k.Help {
			t.Errorf("%s: %+v", code, k)
		}
		switch k.Severity {
		case Notice, Warning, Error:
		default:
			t.Errorf("%s has the severity %q", code, k.Severity)
		}
		if ofSource := strings.HasPrefix(string(code), "source_"); ofSource && k.Scope != OfSource {
			t.Errorf("%s has the scope %q", code, k.Scope)
		}
	}
	if k := Code("new").Kind(); k.Severity != Error || k.Help != "" {
		t.Errorf("a code that nobody knows: %+v", k)
	}
}
