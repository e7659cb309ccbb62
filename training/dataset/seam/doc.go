// Package seam says whether one recording goes on where another ended, by their samples.
//
// # Concepts
//
// Recorders cut what they record into files: by time, by size, at a button. The first samples of the next
// file then follow from the last of the one before as any sample follows from those before it. How well it does is
// measured by linear prediction: by how much the samples behind the seam miss what those before it make likely.
// What is usual is seen at places within both recordings; what strange ends would give, by joining any place
// of the one to any of the other. Only where these two differ can there be an answer: white noise has no memory, and
// ends that fade to silence fit to any other.
//
// # Limits
//
// Samples that went through a lossy coder begin and end with its own, and do not fit.
//
// # Sources
//
// J. Makhoul, "Linear prediction: a tutorial review", Proc. IEEE 63 (1975).
package seam
