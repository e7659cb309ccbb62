// Package parallel does many like things at once, as the trainings of a cross-fit or the clips
// of a folder.
//
// # Concurrency
//
// Each calls a function for every index from 0, in this order, a bounded number at a time. The
// calls write what they find to their own place of a slice, so that results do not depend on
// which of them was faster. The first error, in time, ends the context of the calls that run and
// keeps others from beginning; Each returns it when all have returned.
//
// The goroutines within one training are package network's own: they meet thousands of times a second.
package parallel
