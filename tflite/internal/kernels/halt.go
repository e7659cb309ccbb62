package kernels

import "sync/atomic"

// halt lets an inference be ended while a kernel computes: kernels look at it between rows, steps or tiles of some
// milliseconds, so rarely that it cannot be measured. What is left out has no value then.
type halt struct{ stop *atomic.Bool }

// Interrupt says where it stands that the kernel is to end early.
func (h *halt) Interrupt(stop *atomic.Bool) { h.stop = stop }

// halted reports whether the kernel is to end early.
func (h *halt) halted() bool { return h.stop != nil && h.stop.Load() }

// tileMACs is the work between two looks: some 20 ms by plain Go, less than 1 ms by routines.
const tileMACs = 20 << 20

// tile gives how many positions of so much work each are computed between two looks, on bounds that all families' tiles
// have.
func tile(macs int) int { return roundUp(max(tileMACs/max(macs, 1), 1), maxRows) }
