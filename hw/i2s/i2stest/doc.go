// Package i2stest provides I²S ports for tests: one plays blocks back, one
// records what another gives.
//
// # Concepts
//
// Playback gives the blocks that a test lists, with their times and losses, and
// its Close complains of blocks that nobody read: a driver under test that stops
// early is found out. Record stands between a driver and a real port and keeps
// what went through, so that it can be played back later.
//
// # Concurrency
//
// As package i2s says. Halt and Close may be called from any goroutine.
package i2stest
