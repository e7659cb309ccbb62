// Package halt provides the switch that ends a source.
//
// # Concurrency
//
// A Switch may be used from any goroutine.
package halt
