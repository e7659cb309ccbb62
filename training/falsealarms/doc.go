// Package falsealarms turns "at most N false alarms per machine-month" into a
// threshold, k of n and hysteresis, and says honestly what recordings can show.
//
// # Concepts
//
// Recordings of normal sound go through the node's own pipeline (package
// replay), which gives their observations. All alarms are then counted by
// agent/decide itself: there is no second implementation of a decision.
//
// The alarm level of a block of sound is the highest threshold at which the
// decision raises an alarm in it. Blocks are recordings, long ones cut into
// minutes; suspicion carries over from one to the next, as it does over a gap on
// the node. The alarm levels are the highest values of blocks, so a Gumbel
// distribution is fitted to them, blocks of different lengths each counted with its
// own; it says at which threshold alarms come as seldom as the budget allows.
//
// Neighbouring windows are alike, so nothing here treats them as independent:
// the bootstrap draws whole takes: what was recorded at one time, in however many files. The
// threshold is the upper limit, at
// Options.Confidence, of what the bootstrap gives, and never below what the
// recordings themselves reached. Where there is sound enough to show the budget, it
// is raised until the replay leaves room for that.
//
// # What is shown
//
// An extrapolation shows nothing. Each take is also replayed with settings
// that were chosen on the others (cross-fitting); the alarms in that replay and
// the hours that it lasted bound the true rate by Poisson's law. Only when that
// bound, one-sided at 95 %, is within the budget is the budget shown to be met. One
// false alarm per month takes three months without any. Otherwise Choice says how many
// hours are missing.
//
// # Limits
//
// Other seasons, loads and neighbours than the recordings hold are in no bound.
//
// # Sources
//
// Block maxima: Coles, An Introduction to Statistical Modeling of Extreme Values
// (2001), chapter 3. Limits of counts: Garwood, Biometrika 28 (1936) 437-442.
package falsealarms
