package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tablesRead counts the ways in which tables of accelerations were understood.
type tablesRead map[string]int

// mostTables bounds how many ways are told.
const mostTables = 4

// add takes one clip's, "" where it is no table.
func (t tablesRead) add(text string) {
	if text != "" {
		t[text]++
	}
}

// notes says them, the most usual first.
func (t tablesRead) notes() (said []string) {
	ways := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		if t[a] != t[b] {
			return t[b] - t[a]
		}
		return strings.Compare(a, b)
	})
	for i, way := range ways {
		if i == mostTables {
			return append(said, fmt.Sprintf("tables were read in %d other ways", len(ways)-i))
		}
		said = append(said, fmt.Sprintf("%d clips read as tables: %s", t[way], way))
	}
	return said
}
