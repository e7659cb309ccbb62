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
// What a node decides is decided by package agent here too: there is no second
// implementation of a score, a threshold or an event.
package training
