// Package mochitest does for mochi's broker what tests of a node need and it lacks: a
// listener that ends without a data race, and a door at which a second client with the
// same id throws the first one out, always.
package mochitest
