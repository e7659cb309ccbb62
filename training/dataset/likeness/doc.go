// Package likeness finds recordings that hold the same sound: copies in another container, cuts
// that overlap, and microphones that listened side by side.
//
// # Concepts
//
// A Listener hears the begin of a recording, a minute at most, and makes a Print of it: two
// kinds of traces, both small. Marks are hashes of 64 samples in a row, kept where the hash itself
// says so: one in some thousand, the same ones wherever the recording was cut. Two recordings
// that share a mark share these samples, whatever header or container is round them. The fluctuation is one
// bit for each few milliseconds: whether the level, freed of what is regular in it, is
// above its median. It comes out alike in all microphones of a room, and by chance in different
// takes, also of a machine that runs evenly: a spectrum whose bins all have the same size has
// no memory of a speed.
//
// Alike compares many prints. Fluctuations must agree by far more than chance gives in as many
// comparisons. It looks for recordings that begin together; microphones whose clocks are apart by
// more than a few milliseconds are not found.
//
// # Limits
//
// Constant samples give no marks. Copies of another gain, rate or lossy coding have no marks in common and
// are found when they begin together. Few recordings are compared each with each; of many only those
// that agree in some sixteen bits, which finds most microphones side by side, and
// takes time in proportion to their number.
//
// # Sources
//
// Marks: Schleimer, Wilkerson and Aiken, "Winnowing", 2003, with the choice by value. The
// comparison of many: Indyk and Motwani, "Approximate nearest neighbors", 1998.
package likeness
