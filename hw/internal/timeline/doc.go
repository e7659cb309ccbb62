// Package timeline places the samples of a sensor: which is the first of a block,
// how many were lost directly before it, and when it was taken.
//
// # Concepts
//
// A Line counts sample times, given and lost, and turns them into Marks. It is one
// for every source; what differs is how a device tells its count, and how well its rate
// is known:
//
//   - Ring: a device that writes round and round with a count that goes on, and can be
//     short by whole rounds, or stand still. Its rate is a crystal's: measured, and then
//     known better than what comes in between. Sound cards.
//   - FIFO: a chip that says how much it holds and that it was full, not how much it
//     overwrote. Its rate is an Oscillator's, and must be measured.
//   - Stamps: a kernel that puts a time beside each sample and drops what does not
//     fit, uncounted. An Oscillator's rate too.
//
// A line is idle until the device's first samples have come, and again when the
// device was started anew; then it runs. It is in doubt while the host's clock says
// that the count may be short, and waits for more observations before it counts a loss:
// what is late once was only late.
//
// The moments of a line are nanoseconds of a clock that nobody sets: the host's
// monotonic one, or the device's. A Mark's time is laid out from the present, so that it
// follows when the wall clock is set; by Go's monotonic reading it never goes back. A
// sample counts as taken at the end of its period: sample 0 when the count reaches 1.
//
// # Concurrency
//
// A line belongs to one goroutine at a time. Lost, and an Oscillator's Estimate, may
// be called from any. Nothing is allocated but by the constructors.
package timeline
