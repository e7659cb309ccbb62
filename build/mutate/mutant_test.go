package main

import (
	"slices"
	"strings"
	"testing"
)

// TestMutate changes each thing once and nothing else.
func TestMutate(t *testing.T) {
	const text = `package p

func f(a, b int) bool {
	g()
	if a == 1 && !h() {
		a++
	}
	return a < b
}

func beside(err error) (int, bool, error) {
	if err != nil {
		return 2, true, err
	}
	return 3, false, errors.Join(nil)
}

func alone() (int, error) { return 4, fmt.Errorf("no") }
`
	got, err := mutate("p.go", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, m := range got {
		said = append(said, m.String())
		if strings.Count(string(m.text), "\n") != strings.Count(text, "\n") || string(m.text) == text {
			t.Errorf("%s:\n%s", m, m.text)
		}
	}
	slices.Sort(said)
	want := []string{
		"p.go:4: g() -> ", "p.go:5: ! -> ", "p.go:5: && -> ||", "p.go:5: 1 -> (1+1)", "p.go:5: == -> !=", "p.go:6: ++ -> --",
		"p.go:8: < -> <=",
		"p.go:12: != -> ==", "p.go:15: 3 -> (3+1)", "p.go:15: false -> true",
	}
	slices.Sort(want)
	if !slices.Equal(said, want) {
		t.Errorf("got\n%q, want\n%q", said, want)
	}
}

func TestJudges(t *testing.T) {
	for pkg, want := range map[string]string{
		"./agent/config": "./agent/config", "./tflite/internal/flat": "./tflite/internal/flat ./tflite",
	} {
		if got := strings.Join(judges(pkg), " "); got != want {
			t.Errorf("%s is judged by %s, want %s", pkg, got, want)
		}
	}
}
