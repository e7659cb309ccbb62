// Package fault keeps the list of what is wrong with the node right now.
//
// # Concepts
//
// A Fault is a named condition that holds at the moment: a source that cannot
// be opened, a broker that does not answer. It has a code that programs read,
// a text that people read and the time since when it holds. A Board holds the
// present faults; it is what the status topic, STATUS= and the log show.
//
// # Concurrency
//
// A Board may be used from any goroutine. None of its methods blocks.
//
// # Limits
//
// A Board holds at most MaxFaults faults and cuts texts to MaxText bytes.
package fault
