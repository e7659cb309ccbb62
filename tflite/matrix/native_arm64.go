//go:build !noasm && !purego

package matrix

// Every arm64 processor that Linux runs on has NEON.
var neon = &Impl{Name: "neon", MR: 8, NR: 8, tile: tile8x8neon, row: row1x8neon}

func native() []*Impl { return []*Impl{neon} }

//go:noescape
func tile8x8neon(w *Work)

//go:noescape
func row1x8neon(w *Work)
