// Package backoff spaces the attempts at something that fails.
//
// # Concepts
//
// The n-th delay is drawn evenly from zero to the smaller of Cap and
// First·2^n ("full jitter"), so that many nodes that lost one broker at the
// same moment do not come back at the same moment.
//
// # Concurrency
//
// A Delay belongs to one goroutine.
//
// # Sources
//
// M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
package backoff
