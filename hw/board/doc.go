// Package board finds the buses and pins of the board that a program runs on,
// through periph's drivers, when something is wired to them and not before.
package board
