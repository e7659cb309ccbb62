// Package link is a bad connection between an MQTT client and a broker.
//
// # Concepts
//
// A Link listens on loopback and passes whole packets on, both ways, as its Faults say:
// late, not at all, half of one and then the end, without every nth PUBACK. It can also
// play a broker's plugin that takes alerts and throws them away: it confirms them itself.
//
// # Concurrency
//
// All methods may be called from any goroutine. A change of Faults holds from the next
// packet on.
//
// # Limits
//
// A packet of more than 1 MiB ends its connection.
//
// # Sources
//
// MQTT Version 3.1.1 and 5.0, OASIS Standards, chapters 2 and 3.
package link
