// Package alsatest plays a known signal on a loopback sound card (snd-aloop), so
// that what hw/alsa captures there can be checked sample by sample.
//
// # Formats
//
// Sample time n is n itself on the first channel and Mix(n) on the others, each cut
// to its low bits that fit into the format and moved to the top of the Q31 word.
//
// # Concurrency
//
// A Player belongs to the goroutine that calls Play. Played and Late may be read
// from any.
package alsatest
