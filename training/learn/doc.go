// Package learn turns a folder of normal recordings into a model file: it
// trains, quantises, chooses the threshold and writes down how.
//
// # Concepts
//
// Run goes through five stages, each in a file of its name: open finds the clips and describes
// the network, review hears what there is to learn and plans the trainings, fit trains and
// quantises, calibrate fits the detectors and chooses the threshold, seal writes the files.
//
// A clip that was learned is reconstructed better than one that was not, so
// scores of learned clips say nothing about a threshold. Cross-fitting does:
// the clips are dealt into folds, by file; for each fold a model learns the
// other folds, is quantised, and scores the clips of its fold with the node's
// own scorer. Together that is one honest score for every moment of every clip.
// The model that is shipped then learns all clips.
//
// # Threshold
//
// The windows of about two seconds are pooled to one score, an observation. The
// cross-fitted observations say how each band's residual varies on normal
// sound. Each is scored against the others, and the threshold is the lowest at
// which the node's own decision, k of n, raises no alarm on any clip. So it
// grows with what normal sound has been shown to do. Observations of one clip
// are alike, so with few clips it says little about clips to come:
// Outcome.Warnings says how little there is.
//
// # Checkpoints
//
// Each training writes what it has reached to Options.Checkpoints after every
// epoch, and when the context ends. A run that goes on from there gives the same
// file as one that nobody stopped. With Options.Patience each training holds one
// clip in five back and keeps the epoch that serves these best.
//
// # Concurrency
//
// Up to Options.Threads trainings go on side by side. Equal options and data give
// equal files with one family of kernels, whatever the number of threads.
package learn
