// Package delegate lets a helper process compute a model, and never lets a window wait for it.
//
// # Concepts
//
// An Invoker is a model.Invoker with two ways to compute: a helper (package backend), and the Go kernels, which are
// always there. The sound's goroutine asks the helper where there is one; when that ends, fails, is late or gives
// something that the Go kernels do not, the same window is computed by the kernels and the helper is done with. A
// supervisor in the background starts the next.
//
//	sound      Invoke ──> helper, within Limits.Deadline ──> outputs
//	             └── Go kernels, in the same window, whenever that gives nothing
//	supervisor   start ─> golden pair ─> latency ─> serve … failed, grown ─> end, pause ─> start
//
// A Candidate is a helper's program with what it needs. Of several the supervisor takes the one that is fastest on this
// model, the Go kernels among them, and keeps the choice in a file, for as long as model and libraries stay the same.
//
// # Concurrency
//
// Invoke and Reset belong to the sound's goroutine, Run to one of its own. Neither waits for the other longer than
// Limits.Deadline. Limits.Report and Chosen are called by Run.
//
// # Errors
//
// What goes wrong with a helper is told by Report and never by Invoke.
//
// # Limits
//
// Every verifyEvery-th window is computed by both: a device that begins to give something wrong is found by that, and
// a window before is not. Models that keep state from one inference to the next stay on the Go kernels: what a helper
// knows when it ends cannot be had.
package delegate
