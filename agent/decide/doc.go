// Package decide turns a stream of window scores into states and events.
//
// # Concepts
//
// Consecutive window scores are averaged to one observation. An observation
// above the threshold is suspicious: the state is warning. K suspicious
// observations among the last N make an event: the state is alarm. It ends, and
// the state is normal again, after N consecutive observations at or below
// ClearRatio times the threshold.
package decide
