// Package decide turns a stream of window scores into states and events.
//
// # Concepts
//
// AverageWindows consecutive window scores are averaged to one observation.
// Observations do not overlap. An observation above the threshold is
// suspicious. The state is warning while any of the last N observations is
// suspicious, and alarm once K of them are: that opens an event. The event ends,
// and the state is normal again, after N consecutive observations at or below
// ClearRatio times the threshold.
//
// Scales are slower decisions beside K of N. Each takes the mean of many observations, of which
// one counts up to the threshold, and opens an event where the mean is above the scale's own, which
// is far lower: what is small and lasts is told after a minute or an hour, what is loud at
// once. Such an event starts where the scores of the mean have come to lie above the scale's Clear,
// and ends when K of N
// would end it and the mean is at or below Clear. After any event all begin anew.
//
// An event starts with the oldest of the suspicious observations that raised
// it, and its peak and evidence cover all of its suspicious observations.
//
// Adapt lets the threshold follow a slow rise of unsuspicious scores, up to a
// limit; it stands still while an event is open.
//
// # Gaps
//
// Where samples were lost, Reset drops the windows of the observation that was
// being averaged: an observation never mixes sound from both sides of a gap.
// Suspicion, a running count of quiet observations and an open event stay: a
// gap says nothing about the machine, neither that it is well nor that it is
// not. A source that has no more to give ends an open event by Finish.
//
// # Formats
//
// Scores are in the detector's unit. A ratio is score/threshold: above 1 is
// suspicious whatever the detector. Evidence is a row of numbers behind a score,
// which only the detector understands; what is kept here is means of it.
//
// # Concurrency
//
// A Decider belongs to one goroutine. Push allocates nothing unless it opens
// an event. An Observation's memory is reused by the next Push.
//
// # Limits
//
// N is at most 64, since the last observations' suspicion stands in one word. A scale of n
// observations takes 32 n bytes.
package decide
