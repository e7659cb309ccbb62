// Package board finds the buses and pins of the board that the node runs on,
// through periph's drivers, when something is wired to them and not before.
package board
