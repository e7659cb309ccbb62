// Package agent holds the node: what listens, decides and tells. It has no code
// of its own; this is the map of its rooms.
//
//	sensor ─ hw.Source: blocks of Q31 samples, what was lost is counted
//	   │
//	pipeline ── one channel ─ dsp: frames of int8 codes ─ model: score ─ decide: state, event
//	   │            one goroutine for each source; allocates nothing per frame
//	node ────── builds all this from config, keeps the faults, says how it is
//	   │
//	outbox ──── events in: states, scores, alerts, status
//	   ├ states, scores ─ spool.Ring, in memory ──┐
//	   └ alerts ───────── spool.Spool, on disk ───┴ mqtt ─ broker ─ inbox ─ condition
//
// The rooms, in the order of the sound:
//
//	sensing
//	   sensor      microphones, accelerometers, recordings: one file for each kind
//	   devices     what this machine has, by the names to configure
//	   recorder    what a sensor gives, into a WAV file
//	judging
//	   model       a .tflite with its settings; windows to scores
//	   detect      what is unlike normal in a window, and what to call it
//	   delegate    a helper process that computes a model, and the Go kernels whenever it does not
//	   accelerator what could compute here besides the processor: libraries and devices
//	   health      a sensor that is ill, by how it gave normal sound
//	   condition   operating conditions that arrive on topics
//	   decide      scores to states and events; knows no model and no clock
//	   state       the words for what is known of a machine
//	   pipeline    source, front end, model and decision in one loop, live or replayed
//	keeping
//	   spool       what must not be lost, on disk, until the broker has confirmed it
//	   atomicfile  files that are there whole or not at all
//	   smallfile   files read whole, and nothing that hangs or has no end
//	telling
//	   message     topics and payloads: the words on the wire
//	   outbox      the one door for what the node tells: sinks and dialects
//	   inbox       what arrives on topics, to who asked for it
//	   mqtt        one connection after the other, with back-off
//	joining
//	   setting     what every table of the configuration is written and checked with
//	   config      the one TOML file
//	   setup       a pipeline from configuration and model: for node, replay, evaluation
//	   fault       what is wrong at present, as named objects
//	   backoff     pauses between attempts
//	   clock       whether the system's clock can be trusted, and what times before that mean
//	   node        all of it together
//	   firstboot   what lies on a card's FAT partition, taken up before the node listens
//	   doctor      what a node needs, and what helps where it is missing
//	   cmd         the daemon
//
// The agent never imports package training: a trainer that fails cannot take the
// guard down.
package agent
