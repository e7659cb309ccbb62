// Package fault keeps the list of what is wrong with the node right now.
//
// # Concepts
//
// A Fault is a named condition that holds at the moment: a source that cannot
// be opened, a broker that does not answer. Its code is for programs, its text for
// people, and it has the time since when it holds. What is true of every fault with a
// code, how severe it is, whether it concerns a source or the node, and what helps, is
// the code's Kind. A Set holds the present faults; it is what the status topic, STATUS=
// and the log show.
//
// # Concurrency
//
// A Set may be used from any goroutine. None of its methods blocks.
//
// # Limits
//
// A Set holds at most MaxFaults faults and cuts texts to MaxText bytes.
package fault
