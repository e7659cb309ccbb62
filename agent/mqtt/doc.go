// Package mqtt brings messages to a broker by MQTT 3.1.1.
//
// # Concepts
//
// A Client makes one connection after the other until it is told to stop, one
// attempt at a time, with pauses that grow and are drawn at random. On each
// connection it first says that the node is there (retained; the last will takes
// that back), then sends two queues side by side: alerts, one at a time and in
// order, each removed from the spool only after the broker's PUBACK; and
// telemetry, for which a place in memory is all.
//
// Every connection has a client object of its own, without a session at the
// broker and without paho's store and reconnection: paho completes tokens of
// messages that were never delivered when it reconnects (upstream #458), sends
// out of order (#731) and loses stored messages (#681). Here an alert whose
// PUBACK did not arrive in time, or whose connection broke, is sent again on the
// next connection with the same boot id and number: it may arrive twice, never
// not at all.
//
// # Concurrency
//
// Run belongs to one goroutine. Nothing here is called by those who produce
// messages: they write into the queues, which never wait for the network.
//
// # Errors
//
// A connection that cannot be made or breaks is reported by Config.Report and
// made anew. Run returns only when its context ends.
//
// # Limits
//
// A message of more than 8192 bytes that arrives on a topic is left out, and any other
// packet of that length ends the connection, before memory is taken for it. A topic that
// the broker does not let the node subscribe to is one that nothing arrives on: alerts
// matter more.
package mqtt
