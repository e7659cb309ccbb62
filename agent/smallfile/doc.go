// Package smallfile reads files whole, and nothing that would hang or has no end.
//
// A path from a configuration may name a pipe, at which opening waits for ever, a device
// that never ends, or a folder. Each is an error that says so, before anything is read.
package smallfile
