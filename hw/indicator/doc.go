// Package indicator shows a node's state on a GPIO output: a light that blinks,
// or a relay.
//
// # Concepts
//
// A light shows each state by a pattern of its own, told apart by number and rhythm,
// not by colour, from across a hall:
//
//	off       dark
//	learning  1 s on, 1 s off
//	normal    on
//	warning   2 flashes every 2 s
//	alarm     4 flashes a second, without pause
//	fault     3 flashes every 2 s
//	unfit     4 flashes every 2 s
//
// A flash is 150 ms on and 150 ms off, in alarm 125 ms each. A state that nobody
// knows is shown as a fault.
//
// A relay does not blink. It is drawn while the machine may be believed to run well: in
// learning, normal and warning. In all other states, without power and when the
// program ends it is released, so that a dead guard is heard like an alarm.
//
// # Concurrency
//
// Show may be called from any goroutine at any time. Run is called once.
package indicator
