// Package alsa runs hw/alsa on a real kernel, against the sound card of snd-aloop.
//
// # Concepts
//
// A player writes numbered samples to device 0 of the card; the source under test
// reads them on device 1. So every sample says whether it is right, and how many are
// missing before it.
package alsa
