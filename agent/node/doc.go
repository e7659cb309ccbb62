// Package node builds a node from its configuration and runs it.
//
// # Concepts
//
//	sources → pipelines → reporters ─→ telemetry ring ─┐
//	                          └─→ alert writer → spool ─┴→ MQTT client → broker
//
// A Node has one pipeline for each source, with a model of its own. What a
// pipeline finds becomes messages in its reporter: states and scores go into a
// ring in memory, alerts through a bounded queue to the writer, which puts them
// on the disk. So neither a slow disk nor a broker that is away reaches the sound.
//
// One failing part does not stop the rest. A model that is missing, a source that
// cannot be opened, a disk that is full, a broker that does not answer: each is a
// fault on the board, which the status message shows, and is tried again.
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
