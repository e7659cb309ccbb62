package dataset

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"time"
)

// ByNumber compares names as people number files: 2.wav before 10.wav.
func ByNumber(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := leadingDigits(x), leadingDigits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// Series finds recordings, n of them, that are too short for an alarm, which takes need: where most of a folder are,
// all of it are one series, as rigs write it that record for a moment every so often. of says what each is, and how
// long; 0: that is not known. It returns a number of each, from 1; 0: it is heard by itself. A node that wakes up for
// each hears a series so: no window spans two recordings, but the decision goes on from one to the next.
func Series(n int, of func(i int) (label Label, name string, lasts time.Duration), need time.Duration) []int32 {
	type place struct {
		label Label
		dir   string
	}
	type folder struct {
		clips, short int
		number       int32
	}
	folders := map[place]*folder{}
	for i := range n {
		label, name, lasts := of(i)
		at := place{label, path.Dir(name)}
		f := folders[at]
		if f == nil {
			f = &folder{}
			folders[at] = f
		}
		f.clips++
		if lasts > 0 && lasts < need {
			f.short++
		}
	}
	numbers, series := make([]int32, n), int32(0)
	for i := range n {
		label, name, _ := of(i)
		f := folders[place{label, path.Dir(name)}]
		if f.clips < 2 || 2*f.short <= f.clips {
			continue
		}
		if f.number == 0 {
			series++
			f.number = series
		}
		numbers[i] = f.number
	}
	return numbers
}

// SeriesNote says which rule was followed for recordings in series of, "" where there are none; need is what an alarm
// takes, 0 where that is not known.
func SeriesNote(of []int32, need time.Duration) string {
	n, several := 0, map[int32]bool{}
	for _, k := range of {
		if k != 0 {
			n++
			several[k] = true
		}
	}
	if n == 0 {
		return ""
	}
	heard := "one series"
	if len(several) > 1 {
		heard = fmt.Sprintf("%d series, one a folder", len(several))
	}
	long := "an alarm takes"
	if need > 0 {
		long = fmt.Sprintf("the %.2g s that an alarm takes", need.Seconds())
	}
	return fmt.Sprintf("%d recordings are heard as %s, in the order of their names, since most are shorter than %s: "+
		"no window spans two, and the decision goes on from one to the next", n, heard, long)
}
