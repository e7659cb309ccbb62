// Package evaluate scores recordings with a model, as the node would, and says
// how well the scores tell normal from abnormal.
//
// # Concepts
//
// A clip is scored with the node's front end, model and decision. Its score is
// the mean over its observations. A louder clip may be told
// apart by its level alone, so every clip is scored three ways: raw, scaled to
// one RMS before the front end, and with the mean of its log-mel cells moved to
// one value after it. The last two use what the model's settings say of the
// clips that it learned, so that they stay in the range that it knows. Neither
// is neutral: scaling the RMS of a clip with a strong hum moves all its other
// bands. Read the three side by side.
//
// Clips that a model has learned say nothing about it: Unlearned leaves them out, by what
// the model carries of them.
//
// Faults, machines and noise levels are told apart by the names of folders and
// files: see Places. Two models are compared on the same clips, drawn together.
//
// # Limits
//
// Clips may be of any length: they are heard block by block. Long recordings where a label has few
// are judged in pieces. What a clip got takes some 160 bytes; with words or details, much more.
package evaluate
