// Package hwtest provides the conformance suite that every source of samples
// passes: recordings, simulations and drivers alike.
//
// # Concepts
//
// TestSource opens the source anew for each question it asks. A source whose
// samples cannot be had twice (a microphone) is Live; then the questions that
// compare two openings are left out, the others remain.
//
// # Errors
//
// A source that blocks for ever fails the suite after Patience.
package hwtest
