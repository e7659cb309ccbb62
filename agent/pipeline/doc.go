// Package pipeline joins one source with front end, model and decision.
//
//	hw.Source → dsp.Stream → dsp.Quantiser → model.Scorer → decide.Decider → Sink
//
// # Concepts
//
// A Pipeline runs the same for a microphone, a paced recording and a recording
// that is played as fast as it can be read: times come from the samples' count
// and the time of the source's blocks, never from the clock, so a fast replay
// gives the times that the recording stands for and always the same result.
//
// Where samples were lost, front end and scorer start anew, so that no window
// spans the gap, and the decision drops the observation that it was averaging. Dead
// stretches, of one value, are such gaps, and a fault of the source when they last.
//
// A recording ends with io.EOF, which ends Run without an error. An event that is
// open then, or when the context ends, is ended with the cause in it.
//
// # Concurrency
//
// Run belongs to one goroutine, in which the Sink is called too. Stats and Alive
// may be called from anywhere.
//
// # Errors
//
// With Config.Retry, a source that cannot be opened or fails is a named fault
// at the Sink and is opened again after a pause, for ever. Without it, Run
// returns the first error: that suits tools.
//
// # Limits
//
// Everything is allocated before the first block; a frame costs no allocation.
package pipeline
