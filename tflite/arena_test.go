package tflite

import (
	"math/rand/v2"
	"testing"
)

// TestPlanArena checks that blocks that live at the same time never share memory,
// and that a chain of layers needs no more than its two largest neighbours.
func TestPlanArena(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		blocks := make([]block, 1+r.IntN(40))
		for i := range blocks {
			first := r.IntN(20)
			blocks[i] = block{bytes: r.IntN(500), first: first, last: first + r.IntN(5)}
		}
		total, err := planArena(blocks, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range blocks {
			if a.offset%arenaAlignment != 0 || a.offset+a.bytes > total {
				t.Errorf("block %+v in %d bytes", a, total)
			}
			for _, b := range blocks[:i] {
				alive := a.first <= b.last && b.first <= a.last
				touch := a.offset < b.offset+b.bytes && b.offset < a.offset+a.bytes
				if alive && touch && a.bytes > 0 && b.bytes > 0 {
					t.Errorf("%+v and %+v overlap", a, b)
				}
			}
		}
	}
	chain := []block{{bytes: 640, last: 1}, {bytes: 128, first: 1, last: 2}, {bytes: 640, first: 2, last: 3}}
	if total, err := planArena(chain, 768); err != nil || total != 768 {
		t.Errorf("a chain needs %d bytes (error %v), expected 768", total, err)
	}
	if _, err := planArena(chain, 767); err == nil {
		t.Error("no error below the least memory")
	}
}
