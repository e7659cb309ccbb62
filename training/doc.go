// Package training holds the tool: what learns, quantises, proves and reports. It
// has no code of its own; this is the map of its rooms.
//
//	recording ─ dataset ─ the node's own front end ─ windows of normal sound only
//	   │
//	families ── an autoencoder's description ─ network: trained in float32 ─ export: a float tflite.Model
//	   │
//	quantise ── to int8 ─ tflite.Model
//	   │
//	learn ───── cross-fitted threshold, settings, golden pair ─ ONE .tflite file
//	   │
//	evaluate ── the file scores clips as the node would ─ metrics: AUC and intervals
//	   │
//	replay ──── recordings through the node's pipeline: the events it would report
//	   │
//	falsealarms threshold and k of n for a number of false alarms a month
//	   │
//	report ──── content: what a page shows ─ one HTML page;  bench: times, here and on boards
//
// The rooms, in the order of the work:
//
//	recordings
//	   dataset     folders of recordings as clips and features; keeps faults out of learning
//	               with npy: arrays as NumPy writes them
//	   recording   a recording of any container as a stream of samples
//	               with table: tables of accelerations
//	learning
//	   network     layers, gradients and training in float32
//	   families    kinds of network, from a description to one that is trained
//	   selection   which family suits some recordings
//	   external    hands a training to another program
//	   tensorflow  that program, with TensorFlow; a module of its own
//	   foreign     reads a network that was trained elsewhere, and fits it to a node's windows
//	   graph       such a network as operators, and how it gets smaller
//	   export      a trained network as a float32 model
//	   quantise    a float32 model as an int8 one
//	   detectors   fits the node's detectors and calibrates them
//	   learn       all of it, from a folder to a file
//	judging
//	   evaluate    scores clips with the file, as the node would
//	   metrics     areas, intervals, confusion, thresholds
//	   replay      plays recordings through the node's pipeline
//	   falsealarms a threshold for a number of false alarms
//	   outlook     what a decision promises: how often it is wrong, how small a change it tells
//	   report      writes a page, of what its content gathers
//	   bench       how long an inference takes
//	for all
//	   parallel    many like things at once
//	   cmd         the tool
//
// What a node decides is decided by package agent here too: there is no second
// implementation of a score, a threshold or an event.
package training
