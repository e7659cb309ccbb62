package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is where a key stands.
type place struct {
	File         string
	Line, Column int // from 1; 0 where that is not known
}

// positions are the places of keys, by dotted key. Of several files that have a key the last counts;
// their sources follow on each other.
type positions struct {
	keys  map[string]place
	count map[string]int // of tables that are in arrays
}

func newPositions() positions {
	return positions{keys: make(map[string]place), count: make(map[string]int)}
}

// add finds the keys of a file that the decoder has accepted.
func (at *positions) add(file string, text []byte) {
	count := at.count
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		var names []string
		var first unstable.Position
		for it := e.Key(); it.Next(); {
			n := it.Node()
			if len(names) == 0 {
				first = p.Shape(n.Raw).Start
			}
			names = append(names, string(n.Data))
		}
		name, here := strings.Join(names, "."), place{File: file, Line: first.Line, Column: first.Column}
		switch e.Kind {
		case unstable.Table:
			table = within(names, count)
			at.keys[table] = here
		case unstable.ArrayTable:
			name = within(names, count)
			table = fmt.Sprintf("%s[%d]", name, count[name])
			count[name]++
			at.keys[table] = here
		case unstable.KeyValue:
			if table != "" {
				name = table + "." + name
			}
			at.keys[name] = here
		}
	}
}

// within joins the names of a table; those of arrays above it mean their last element.
func within(names []string, count map[string]int) string {
	path := names[0]
	for _, name := range names[1:] {
		if n := count[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
		path += "." + name
	}
	return path
}

// find returns where a key stands, or the table that it belongs to, or nothing.
func (at *positions) find(key string) place {
	for {
		if p, ok := at.keys[key]; ok {
			return p
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return place{}
		}
		key = key[:dot]
	}
}
