// Package outbox is the one door through which the node tells what it finds.
//
// # Concepts
//
// What goes in is an event of package message: a state, a score, an alert, a status.
// An Outbox passes each to all its sinks: the broker, the log, and whatever is to come
// (a page, metrics, a journal). A sink decides by itself what it makes of an event.
//
// The broker's sink speaks dialects. A Dialect turns an event into MQTT messages, none
// where it has no words for it: JSON is the node's own, others serve systems that
// expect topics and payloads of their own. Alerts become records of the spool, on the
// disk before they are offered to the broker; everything else waits in memory, and
// the oldest goes when there is no room. Alerts outrank telemetry: neither waits for the
// other.
//
// A new sink or dialect is one file here, and a line where the node is assembled.
//
// # Concurrency
//
// Take may be called from any goroutine, on the way of the sound: it never blocks and
// never waits for the disk or the network.
//
// # Limits
//
// At most 256 alerts wait for the disk; one more is counted as lost, and a fault.
package outbox
