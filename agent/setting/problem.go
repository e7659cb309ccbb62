package setting

import (
	"fmt"
	"strings"
	"time"
)

// Problem is a key that is wrong, and what to write instead.
type Problem struct {
	Key  string // within the table that was checked
	Text string // one line
	Also string // another key of the file that Text is about, "" for none
}

// Wrong returns the problem of a key.
func Wrong(key, format string, args ...any) *Problem {
	return &Problem{Key: key, Text: OneLine(fmt.Sprintf(format, args...))}
}

// In returns the problem with its key inside a table; nil stays nil.
func (p *Problem) In(table string) *Problem {
	if p == nil {
		return nil
	}
	return &Problem{Key: table + "." + p.Key, Text: p.Text, Also: p.Also}
}

// First returns the first problem that is not nil.
func First(list ...*Problem) *Problem {
	for _, p := range list {
		if p != nil {
			return p
		}
	}
	return nil
}

// Between returns a problem unless a duration lies within its range.
func Between(key string, d Duration, least, most time.Duration) *Problem {
	if time.Duration(d) < least || time.Duration(d) > most {
		return Wrong(key, "%v: must be %v to %v", d, least, most)
	}
	return nil
}

// maxText is the most bytes of a text that comes from the file.
const maxText = 300

// OneLine keeps what comes from the file from breaking a line, or from filling the screen.
func OneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// Alternatives writes a list as people do: "a", "b" or "c".
func Alternatives(list []string) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s)
	}
	return b.String()
}
