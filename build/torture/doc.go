// Command torture has nodes meet all that can happen to a node that must not lose an
// alert, with real brokers, and says what was lost.
//
//	torture [--long] [--kills N] [--only TEXT] [--json] --daemon auscultd [--nats nats-server]
//
// # Concepts
//
// A lane is one broker that is started here, by one version of MQTT. Its cases follow each
// other, lanes run side by side. In each case a node of its own listens to recordings in
// which something happens all the time, and reports to the broker over a link of package
// link; a listener subscribes to its alerts at the broker itself. In the end the node is
// given time to send what is still on its disk, and package ledger compares what the node
// said is on its disk with what arrived.
//
// A case fails when an alert is lost or comes twice under two names, when an event has no
// end, when a fault is not told, or when what the case itself asserts does not hold.
//
// # Limits
//
// Everything listens on 127.0.0.1 only. Small disks are mounted in a mount namespace of
// the program's own, which takes root's rights, or a kernel that gives them to anybody in a
// user namespace. All processes that it starts are ended by it.
package main
