// Package agent holds the node: what listens, decides and tells. It has no code
// of its own; this is the map of its rooms.
//
//	hw.Source ─ blocks of Q31 samples, what was lost is counted
//	   │
//	pipeline ── one channel ─ dsp: frames of int8 codes ─ model: score ─ decide: state, event
//	   │            one goroutine for each source; allocates nothing per frame
//	node ────── builds all this from config, keeps faults on the board, says how it is
//	   │
//	   ├ states, scores ─ message ─ spool.Ring, in memory ──┐
//	   └ alerts ───────── message ─ spool.Spool, on disk ───┴ mqtt ─ broker
//
// The rooms, by what they know:
//
//	decide      scores to states and events; knows no model and no clock
//	model       a .tflite with its settings; windows to scores
//	pipeline    source, front end, model and decision in one loop, live or replayed
//	message     topics and payloads: the words on the wire
//	spool       what must not be lost, on disk, until the broker has confirmed it
//	mqtt        one connection after the other, with back-off
//	fault       what is wrong at present, as named objects
//	config      the one TOML file
//	node        all of it together
//	atomicfile, backoff, clock   small tools that several rooms share
//	cmd/auscultd   the daemon
//
// The agent never imports package training: a trainer that fails cannot take the
// guard down.
package agent
