// Package backend runs a model in another process, and lets a program be that process.
//
// # Concepts
//
// A vendor's library can crash, hang, write where it must not, and needs a dynamic linker. So it lives in a helper: a
// program of its own, which this package starts, hands a model to, and asks for one inference after the other. A
// Helper is the side that asks; Serve is the side that answers, for helpers in Go. A helper in another language needs
// the protocol only: docs/backend.md.
//
//	caller                                   helper
//	Start: writes tensors' descriptions,     file 3: the page, memory that both map
//	starts the program                       file 4: the model, sealed
//	waits for the state             <------- loads it; state = ready, or failed and why
//	Invoke: inputs, request + 1     -------> computes
//	waits for the reply             <------- outputs, result, reply = request
//
// Both wait by futex for a word of the page to change.
//
// # Formats
//
// The page is described in docs/backend.md and, as constants, in page.go. All numbers are in the machine's order of
// bytes, which is little-endian on all that auscult runs on.
//
// # Concurrency
//
// A Helper's Compute, Invoke, Input and Output belong to one goroutine. Close, Usage and Died may be called from
// anywhere.
//
// # Errors
//
// ErrDied, ErrLate and ErrFailed say how an inference ended that gave nothing. After the first two the helper is of no
// more use and is to be closed. What a helper writes is data from outside: it is copied once, bounded and checked, and
// nothing that it does can make the caller fault, wait longer than it said, or read beyond a tensor. The memory is
// sealed, so that it cannot shrink under the caller.
//
// # Limits
//
// A model has at most MaxTensors inputs and outputs together, and a page at most MaxPageBytes. Linux only.
package backend
