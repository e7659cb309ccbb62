package likeness

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Comparing: up to eachWithEach prints with one another, more by tables of keys of some bits.
const (
	eachWithEach = 4096
	tables       = 128
	keyBits      = 16
	neighbours   = 64 // of those with the same key, that a print is compared with
)

// surely is by how many standard deviations two fluctuations must agree beyond the highest that
// chance is expected to give in all comparisons. A machine whose impacts come with the
// regularity of a clock has been seen at 1.5 beyond it.
const surely = 3

// Alike calls found for pairs of prints of the same sound. It need not name all pairs: those that
// hang together by others may be left out.
func Alike(prints []Print, found func(a, b int)) {
	alikeByMarks(prints, found)
	var of []int // prints with a fluctuation
	for i := range prints {
		if prints[i].n > 0 {
			of = append(of, i)
		}
	}
	pairs := float64(len(of)) * float64(len(of)-1) / 2
	if pairs == 0 {
		return
	}
	least := surely + math.Sqrt(2*math.Log(max(pairs, 2)))
	compare := func(a, b int) {
		if agreement(&prints[a], &prints[b]) >= least {
			found(a, b)
		}
	}
	if len(of) > eachWithEach {
		compareByKeys(prints, of, compare)
		return
	}
	for i, a := range of {
		for _, b := range of[i+1:] {
			compare(a, b)
		}
	}
}

// alikeByMarks finds prints that share a mark.
func alikeByMarks(prints []Print, found func(a, b int)) {
	type owned struct {
		mark  uint64
		owner int32
	}
	n := 0
	for i := range prints {
		n += int(prints[i].marks)
	}
	all := make([]owned, 0, n)
	for i := range prints {
		for _, m := range prints[i].marked() {
			all = append(all, owned{m, int32(i)})
		}
	}
	slices.SortFunc(all, func(a, b owned) int {
		return cmp.Or(cmp.Compare(a.mark, b.mark), cmp.Compare(a.owner, b.owner))
	})
	for i := 1; i < len(all); i++ {
		if all[i].mark == all[i-1].mark && all[i].owner != all[i-1].owner {
			found(int(all[i-1].owner), int(all[i].owner))
		}
	}
}

// agreement returns by how many standard deviations of chance two fluctuations agree, over the
// length of the shorter one.
func agreement(a, b *Print) float64 {
	n := int(min(a.n, b.n))
	one, other := a.bits(), b.bits()
	differ := 0
	for i := range n / 64 {
		differ += bits.OnesCount64(one[i] ^ other[i])
	}
	if rest := n % 64; rest > 0 {
		differ += bits.OnesCount64((one[n/64] ^ other[n/64]) << (64 - rest))
	}
	return float64(n-2*differ) / math.Sqrt(float64(n))
}

// compareByKeys compares prints that agree in keyBits bits, drawn anew for each table.
func compareByKeys(prints []Print, of []int, compare func(a, b int)) {
	shortest := maxBits
	for _, i := range of {
		shortest = min(shortest, int(prints[i].n))
	}
	rng := rand.New(rand.NewPCG(1, 0x6b657973))
	keys := make([]uint16, len(of))
	order := make([]int32, len(of))
	var next [1<<keyBits + 1]int
	for range tables {
		places := rng.Perm(shortest)[:keyBits]
		clear(next[:])
		for k, i := range of {
			keys[k] = 0
			for _, at := range places {
				keys[k] = keys[k]<<1 | uint16(prints[i].bits()[at/64]>>(at%64)&1)
			}
			next[int(keys[k])+1]++
		}
		for k := range 1 << keyBits {
			next[k+1] += next[k]
		}
		for k, key := range keys { // sorted by key, and within by number
			order[next[key]] = int32(k)
			next[key]++
		}
		for at, a := range order {
			for _, b := range order[at+1 : min(at+1+neighbours, len(order))] {
				if keys[a] != keys[b] {
					break
				}
				compare(of[a], of[b])
			}
		}
	}
}
