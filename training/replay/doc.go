// Package replay plays recordings through the node's own pipeline as fast as
// they can be read, and gives the events that the node would have given.
//
// # Concepts
//
// Front end, scorer and decision are those of agent/pipeline, set up by
// agent/node for one of its sources: nothing is decided here. A pipeline takes
// its times from the samples, so a replay gives what the live run gave on the
// same samples, down to the peaks; only the time of day differs. Times count
// from the recording's first sample.
//
// Each recording is heard by a node that has just started. An event that is
// open when the recording ends, ends there with the cause source_ended.
//
// # Concurrency
//
// Runs share nothing but the model, which is read-only: any number may go on at
// once.
//
// # Errors
//
// A recording that cannot be opened, has another sample rate than the model or
// breaks off in the middle of a read is an error. One whose samples end
// before its header says so is not: Result.Notes names it, as the node would go on
// with what there is.
package replay
