//go:build !noasm && !purego

package kernels

// Every arm64 processor that Linux runs on has these instructions.
var neon = &Impl{Name: "neon", MR: 8, NR: 8, tile: tile8x8neon, loops: wideLoops}

func native() []*Impl { return []*Impl{neon} }

//go:noescape
func tile8x8neon(w *Work)
