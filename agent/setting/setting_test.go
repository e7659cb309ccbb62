package setting

import (
	"strings"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	var d Duration
	if err := d.UnmarshalText([]byte("1m30s")); err != nil || time.Duration(d) != 90*time.Second || d.String() != "1m30s" {
		t.Errorf("%v, %v", d, err)
	}
	for _, text := range []string{"soon", "10", "", "1 s"} {
		if err := d.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "is no duration") {
			t.Errorf("%q: error %v", text, err)
		}
	}
	if b, err := Duration(time.Hour).MarshalText(); string(b) != "1h0m0s" || err != nil {
		t.Errorf("written as %s, %v", b, err)
	}
}

func TestProblem(t *testing.T) {
	var none *Problem
	if none.In("mqtt") != nil || First(nil, nil) != nil {
		t.Error("no problem became one")
	}
	p := First(nil, Between("keep_alive", Duration(time.Millisecond), time.Second, time.Hour)).In("mqtt")
	if want := (Problem{Key: "mqtt.keep_alive", Text: "1ms: must be 1s to 1h0m0s"}); p == nil || *p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	for _, d := range []time.Duration{time.Second, time.Hour} {
		if p := Between("k", Duration(d), time.Second, time.Hour); p != nil {
			t.Errorf("%v: %+v", d, p)
		}
	}
	if got := Wrong("k", "%s", "a\nb\x00\xff").Text; got != "a b ?" {
		t.Errorf("text %q", got)
	}
	for text, want := range map[string]string{
		"\x1f \x7f \u0080~":                "    \u0080~",
		strings.Repeat("x", maxText):       strings.Repeat("x", maxText),
		strings.Repeat("x", maxText) + "y": strings.Repeat("x", maxText) + "…",
	} {
		if got := OneLine(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := OneLine(strings.Repeat("ä", maxText)); len(got) > maxText+len("…") || !strings.HasSuffix(got, "ä…") {
		t.Errorf("text of %d bytes", len(got))
	}
}

func TestAlternatives(t *testing.T) {
	for want, list := range map[string][]string{"": nil, `"a"`: {"a"}, `"a" or "b"`: {"a", "b"},
		`"a", "b" or "c"`: {"a", "b", "c"}} {
		if got := Alternatives(list); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}

func TestIsName(t *testing.T) {
	for _, name := range []string{"a", "pump-7", "A.b_c", strings.Repeat("x", maxName)} {
		if !IsName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"", ".a", "-a", "a/b", "a b", "#", "+", "ä", "a\x00", strings.Repeat("x", maxName+1)} {
		if IsName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}
