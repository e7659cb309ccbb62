// Package health tells a sensor that is ill from a machine that is, by how the sensor gave normal
// sound when the model learned.
//
// # Concepts
//
// A model carries a Learned: the mean level of each band, and by how much stretches of normal sound
// differed from it, in level and in shape. A Monitor compares each stretch of what is heard:
//
//   - quieter, louder: all bands are louder or quieter by the same, beyond what normal sound did. Machines
//     change the shape of their sound when they break; a microphone's gain, an AGC or something that
//     lies on it changes all bands alike.
//   - noise: the bands are those of white noise, which the machine's were not: the sensor hears itself.
//   - swapped: another channel of the same source has the shape that was learned, and the one that is
//     listened to has it no more.
//
// What can be seen without having learned is not looked for here: one value all the time
// (dsp.Stream), the end of the range (dsp/level), the rate (by the driver's clock).
//
// # Limits
//
// A machine whose every band changes by the same is taken for a gain, as is one that is farther
// away; white noise is also what is left when a machine stands in a silent room. Both say so. A
// fault is told after three stretches in a row, 15 s with the usual ones, and taken back after two.
//
// # Concurrency
//
// A Monitor and a Learner belong to one goroutine. A Monitor allocates only when it is made.
package health
