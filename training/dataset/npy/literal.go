package npy

import (
	"errors"
	"strconv"
)

// errLiteral is for a header that is not what Python would write.
var errLiteral = errors.New("not a Python literal as NumPy writes them")

// Limits of literals.
const (
	maxNesting = 4
	maxItems   = 4096
)

// literal parses the part of Python's literals that headers consist of: dictionaries with
// names as keys, tuples and lists, text, whole numbers, True and False.
type literal struct {
	text  string
	at    int
	items int
}

func parseLiteral(text string) (any, error) {
	l := &literal{text: text}
	return l.value(0)
}

func (l *literal) skip() byte {
	for l.at < len(l.text) {
		switch b := l.text[l.at]; b {
		case ' ', '\n', '\t', '\r':
			l.at++
		default:
			return b
		}
	}
	return 0
}

func (l *literal) value(depth int) (any, error) {
	if l.items++; depth > maxNesting || l.items > maxItems {
		return nil, errLiteral
	}
	switch b := l.skip(); b {
	case '{':
		return l.dict(depth)
	case '(':
		return l.list(')', depth)
	case '[':
		return l.list(']', depth)
	case '\'', '"':
		return l.quoted(b)
	default:
		return l.word()
	}
}

func (l *literal) dict(depth int) (any, error) {
	out := map[string]any{}
	l.at++
	for {
		if l.skip() == '}' {
			l.at++
			return out, nil
		}
		key, err := l.value(depth + 1)
		name, ok := key.(string)
		if err != nil || !ok || l.skip() != ':' {
			return nil, errLiteral
		}
		l.at++
		if out[name], err = l.value(depth + 1); err != nil {
			return nil, err
		}
		if err := l.comma('}'); err != nil {
			return nil, err
		}
	}
}

func (l *literal) list(end byte, depth int) (any, error) {
	out := []any{}
	l.at++
	for {
		if l.skip() == end {
			l.at++
			return out, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if err := l.comma(end); err != nil {
			return nil, err
		}
	}
}

// comma passes over what stands between items, which the last may lack.
func (l *literal) comma(end byte) error {
	switch l.skip() {
	case ',':
		l.at++
	case end:
	default:
		return errLiteral
	}
	return nil
}

func (l *literal) quoted(quote byte) (any, error) {
	start := l.at + 1
	for i := start; i < len(l.text); i++ {
		switch l.text[i] {
		case quote:
			l.at = i + 1
			return l.text[start:i], nil
		case '\\':
			i++ // names with such characters are shown as they are written
		}
	}
	return nil, errLiteral
}

func (l *literal) word() (any, error) {
	start := l.at
	for l.at < len(l.text) {
		b := l.text[l.at]
		if !(b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '-' || b == '_') {
			break
		}
		l.at++
	}
	switch word := l.text[start:l.at]; word {
	case "True":
		return true, nil
	case "False":
		return false, nil
	default:
		// Python 2 wrote an L behind long numbers.
		if n := len(word); n > 1 && word[n-1] == 'L' {
			word = word[:n-1]
		}
		v, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, errLiteral
		}
		return v, nil
	}
}
