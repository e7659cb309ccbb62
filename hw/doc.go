// Package hw provides the capture vocabulary: a Source delivers Blocks of
// samples, whatever the samples come from.
//
// # Concepts
//
// A Source is one sensor: a microphone, an accelerometer, a recording, a
// simulation. It yields Blocks in order. A Block is a run of consecutive
// samples of all channels; what was lost before it is counted, never hidden.
//
// # Formats
//
// Samples are Q31: a signed 32-bit integer whose full scale is ±2^31,
// whatever the width the device delivered. A 16-bit sample stands in the upper
// 16 bits, a 24-bit sample in the upper 24. Channels are interleaved.
//
// # Concurrency
//
// A Source belongs to the goroutine that reads it. Halt alone may be called
// from another goroutine; it makes a blocked Read return.
//
// # Errors
//
// Read returns io.EOF once the source has nothing more to give, and the
// context's error once the context is done. After Halt it returns ErrHalted. An
// ended context or source gives no block: b is then as it was. Any other error means that the
// source must be opened anew.
package hw
