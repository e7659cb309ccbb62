// Package node builds a node from its configuration and runs it.
//
// # Concepts
//
//	source: sensor → pipeline → events ─→ outbox: log, broker (spool, ring → MQTT client)
//
// A Node has one pipeline for each source, with a model of its own. What a pipeline
// finds becomes events of package message, which the outbox passes to its sinks. None
// of them waits for a disk or a network, so neither reaches the sound.
//
// One failing part does not stop the rest. A model that is missing, a source that
// cannot be opened or panics, a disk that is full, a broker that does not answer: each
// is a fault, which the status shows, and is tried again.
//
// # Ending
//
// When the context ends, pipelines end first (an open event gets its end), then
// the alerts are stored, then those that can still be sent in a moment are sent,
// the status says that the node has stopped, and the spool is closed: within two
// seconds, whatever hangs.
//
// # Concurrency
//
// Run is called once. The other methods may be called from anywhere.
package node
