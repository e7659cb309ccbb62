package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// positions are the places of keys in a file, by dotted key.
type positions map[string]unstable.Position

// locate finds the keys of a file that the decoder has accepted.
func locate(text []byte) positions {
	at := make(positions)
	count := make(map[string]int)
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
		name := strings.Join(names, ".")
		switch e.Kind {
		case unstable.Table:
			table = within(names, count)
			at[table] = first
		case unstable.ArrayTable:
			name = within(names, count)
			table = fmt.Sprintf("%s[%d]", name, count[name])
			count[name]++
			at[table] = first
		case unstable.KeyValue:
			if table != "" {
				name = table + "." + name
			}
			at[name] = first
		}
	}
	return at
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
func (at positions) find(key string) unstable.Position {
	for {
		if p, ok := at[key]; ok {
			return p
		}
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			return unstable.Position{}
		}
		key = key[:dot]
	}
}
