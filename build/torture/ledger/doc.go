// Package ledger holds what a node offered against what arrived.
//
// # Concepts
//
// An alert counts as offered once the node has said in its log that it is on the disk, or
// once it has arrived. It is named by boot_id and seq. What was offered and never arrives
// is lost; what arrives under one name with another content, or what tells of the same
// end of the same event under two names, is a duplicate that deduplication does not find;
// an event whose start arrived and whose end did not is open. Sequence numbers go up by
// one over all starts of a node: one that never arrives is a gap, whatever the log says.
//
// # Concurrency
//
// All methods may be called from any goroutine.
package ledger
