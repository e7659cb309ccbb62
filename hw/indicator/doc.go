// Package indicator shows a signal on a GPIO output: a light that blinks, or a relay.
//
// # Concepts
//
// A light has patterns that are told apart by number and rhythm, not by colour, from
// across a hall:
//
//	dark           off
//	steady         on
//	slow           1 s on, 1 s off
//	rapid          4 flashes a second, without pause
//	two flashes    every 2 s, and three and four likewise
//
// A flash is 150 ms on and 150 ms off, a rapid one 125 ms each. A pattern that nobody
// knows is shown as three flashes.
//
// A relay does not blink: a signal says whether it is drawn. Without power and when the
// program ends it is released, so that a dead guard is heard like an alarm.
//
// # Concurrency
//
// Show may be called from any goroutine at any time. Run is called once.
package indicator
