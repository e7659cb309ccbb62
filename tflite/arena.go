package tflite

import (
	"cmp"
	"fmt"
	"slices"
)

// arenaAlignment is the alignment of a block in the arena: a cache line.
const arenaAlignment = 64

// block is one tensor or scratch area and the steps during which it is needed.
type block struct {
	bytes       int
	first, last int // steps, both included
	offset      int
}

// planArena gives each block an offset so that blocks whose lives overlap do not
// overlap in memory, and returns the memory needed. It places the largest first,
// each at the lowest offset that is free during its life: not optimal, but near
// it for chains of layers.
func planArena(blocks []block, limit int) (int, error) {
	order := make([]int, len(blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(blocks[b].bytes, blocks[a].bytes) })
	var placed []int // sorted by offset
	total := int64(0)
	for _, i := range order {
		b := &blocks[i]
		offset := int64(0)
		for _, j := range placed {
			other := &blocks[j]
			if other.last < b.first || b.last < other.first {
				continue
			}
			if offset+int64(b.bytes) <= int64(other.offset) {
				break
			}
			offset = max(offset, alignUp(int64(other.offset)+int64(other.bytes)))
		}
		if end := offset + int64(b.bytes); end > int64(limit) {
			return 0, fmt.Errorf("the tensors of an inference need more than the limit of %d bytes", limit)
		} else if end > total {
			total = end
		}
		b.offset = int(offset)
		at, _ := slices.BinarySearchFunc(placed, b.offset, func(j, offset int) int {
			return cmp.Compare(blocks[j].offset, offset)
		})
		placed = slices.Insert(placed, at, i)
	}
	return int(total), nil
}

func alignUp(n int64) int64 { return (n + arenaAlignment - 1) &^ (arenaAlignment - 1) }
