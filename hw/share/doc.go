// Package share reads one source for several listeners: the channels of a sound card, the
// axes of an accelerometer.
//
// # Concepts
//
// A device is opened by whoever comes first, and halted when the last of its listeners
// halts. In between one goroutine reads it into a ring of about a second, from which each
// Listener copies at its own pace: every one sees all samples, in order, with the counts
// and times that the device gave. Who listens later begins with what comes then, and counts
// from there. Who is so late that the ring was overwritten has lost samples, which are
// counted like the device's own; the others lose nothing.
//
// When reading fails all listeners are told why, once they have what was read before. The
// device is opened anew for the first of them that comes back.
//
// # Concurrency
//
// A Group may be used from any goroutine. A Listener is a hw.Source: one goroutine reads,
// any may call Halt. Opening and closing one device never happens at the same time. A
// Listener's Read neither allocates nor holds the device up for longer than a copy.
//
// # Errors
//
// What the device says is passed on as it is. A panic of its driver is an error of Read.
//
// # Limits
//
// A ring holds at most 4 Mi values, and always eight blocks.
package share
