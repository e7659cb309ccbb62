package setting

import (
	"strings"
	"testing"
)

// TestDistance has pairs of words whose distance is well known.
func TestDistance(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"sitting", "kitten", 3},
		{"saturday", "sunday", 3},
		{"rosettacode", "raisethysword", 8},
		{"flaw", "lawn", 2},
		{"ab", "ba", 2},
		{long + "a", long + "bc", 66},
		{long + "a", long, 1},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
