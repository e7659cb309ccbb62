// Package mqtt brings messages to a broker by MQTT 5 or 3.1.1.
//
// # Concepts
//
// A Client makes one connection after the other until it is told to stop, with pauses
// that grow and are drawn at random, at the first broker of its list that lets it in. A
// transport is one connection by one version of the protocol: 5 where the broker speaks
// it, else 3.1.1.
//
// On each connection several lanes run side by side and do not wait for each other.
// Alerts go in the order of the spool, up to 16 at a time without an answer. What is no
// alert (that the node is there, subscriptions, telemetry) goes one at a time.
//
// An alert leaves the spool when it is known that the broker took it. By MQTT 5 its
// PUBACK says so. By MQTT 3.1.1 a PUBACK says nothing, since that version knows no
// refusal ([MQTT-3.3.5-2]): there the node subscribes to its own alert topics, and an
// alert has arrived when it came back. While nothing comes back, delivery is
// unconfirmed: the last Config.Keep alerts stay in the spool, and go again when
// something does.
//
// What a broker refuses stays, is a fault with its topic and what to grant, and is tried
// again after pauses of up to five minutes, and on each new connection. A topic that may
// not be written to waits as a whole; an alert that is too long waits alone; alerts behind
// go on. A broker may also refuse by closing the connection. What was on its way then is
// sent alone on the next one, and what a connection ends with twice is kept back.
//
// Every connection has a client object of its own, without a session at the
// broker and without paho's store and reconnection: paho completes tokens of
// messages that were never delivered when it reconnects (upstream #458), sends
// out of order (#731) and loses stored messages (#681). Here an alert whose
// answer did not arrive in time, or whose connection broke, is sent again on the
// next connection with the same boot id and number: it may arrive twice, never
// not at all.
//
// Alerts of one source arrive in their order, but for those that were refused or not
// answered: these arrive later than others.
//
// Two nodes with one client id throw each other out. The broker says so by MQTT 5; by
// 3.1.1 four short connections in a row that the broker ends while nothing is on its way
// are taken for it. Such a node adds a random suffix to its id, and tries the id alone
// again after an hour.
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
// A message of more than 8192 bytes that arrives on a topic is cut to that length, and any
// other packet of that length ends the connection, before memory is taken for it. What is
// remembered of topics that are refused is bounded by 256; of alerts, by the spool.
//
// # Sources
//
// MQTT Version 5.0 and Version 3.1.1, OASIS Standards.
package mqtt
