// Package node_test runs the node in the guest, with sound cards wired as README and docs wire
// microphones: one, on the left or on the right slot of its bus, the other slot empty; two on one bus.
// Cards are taken away and come back under another number.
package node_test
