package spool

import (
	"bytes"
	"cmp"
	"slices"
)

// salvage finds the whole records in the bytes of a damaged file, oldest first,
// each once. Freed pages still hold records that were removed long ago: those
// below the highest floor of any record are known to be such and left out.
func salvage(b []byte) []Record {
	type id struct {
		boot string
		seq  uint64
	}
	var found []Record
	var highest uint64
	seen := make(map[id]bool)
	for {
		i := bytes.Index(b, []byte(mark))
		if i < 0 {
			break
		}
		b = b[i:]
		r, floor, n, err := decode(b)
		if err != nil {
			b = b[len(mark):]
			continue
		}
		b = b[n:]
		highest = max(highest, floor)
		if k := (id{r.BootID, r.Seq}); !seen[k] {
			seen[k] = true
			found = append(found, r)
		}
	}
	found = slices.DeleteFunc(found, func(r Record) bool { return r.key < highest })
	slices.SortStableFunc(found, func(x, y Record) int { return cmp.Compare(x.key, y.key) })
	return found
}
