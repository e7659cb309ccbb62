// Package training holds the tool: what learns, quantises, proves and reports. It
// has no code of its own; this is the map of its rooms.
//
//	recordings ─ dataset ─ the node's own front end ─ windows of normal sound only
//	   │
//	family ──── an autoencoder's description ─ nn: trained in float32
//	   │
//	ptq ─────── quantised to int8 ─ tflite.Model
//	   │
//	learn ───── cross-fitted threshold, settings, golden pair ─ ONE .tflite file
//	   │
//	judge ───── the file scores clips as the node would ─ eval: AUC and intervals
//	   │
//	replay ──── recordings through the node's pipeline: the events it would report
//	   │
//	budget ──── threshold and k of n for a number of false alarms a month
//	   │
//	study ───── what a page shows ─ report: one HTML page;  bench: times, here and on boards
//
// The rooms, in the order of the work:
//
//	recordings
//	   dataset     folders of recordings as clips and features; keeps faults out of learning
//	   npy         arrays as NumPy writes them
//	learning
//	   nn          layers, gradients and training in float32
//	   family      kinds of network, from a description to one that is trained
//	   choose      which family suits some recordings
//	   engine      hands a training to another program
//	   tensorflow  that program, with TensorFlow; a module of its own
//	   lower       a trained network as a float32 model
//	   ptq         a float32 model as an int8 one
//	   ensemble    fits the detectors and joins their scores
//	   learn       all of it, from a folder to a file
//	judging
//	   judge       scores clips with the file, as the node would
//	   eval        areas, intervals, confusion, thresholds
//	   replay      plays recordings through the node's pipeline
//	   budget      a threshold for a number of false alarms
//	   study       gathers what a page shows
//	   report      writes the page
//	   bench       how long an inference takes
//	for all
//	   parallel    many like things at once
//	   cmd         the tool
//
// What a node decides is decided by package agent here too: there is no second
// implementation of a score, a threshold or an event.
package training
