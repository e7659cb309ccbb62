// Package microphone opens a sound card as the node hears it: what `auscult
// record` writes is what a node would have listened to.
//
// # Concepts
//
// MEMS microphones and their converters add a constant to the sound, some of
// them a large one, and it drifts with temperature. It is no sound, so it is
// taken away from each channel before anything looks at the samples. Both the
// recordings that a model learns and the stream that it watches come through
// here, so that they do not differ.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt.
package microphone
