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
// sound. Each is scored against those of other clips, as a surprise, and the threshold is the one
// that 2 of 3 observations pass by chance once in two weeks; it is never so low that one of the
// clips raises an alarm, nor higher than so few clips can tell, which is then said. Means over 16 s
// to an hour get thresholds of their own, by how the clips' means differ (threshold.go). A detector
// that stands alone has no surprise: its threshold is the lowest at which no clip raises an alarm.
// Observations of one clip are alike, so with few clips all this says little about clips to come:
// Outcome.Warnings says how little there is.
//
// # Checkpoints
//
// Each training writes what it has reached to Options.Checkpoints after every
// epoch, and when the context ends. A run that goes on from there gives the same
// file as one that nobody stopped. With Options.Patience each training holds one
// clip in five back and keeps the epoch that serves these best. A family may have
// patience of its own (families.Family.Patience): it counts where nobody says for
// how many epochs, and where no training has too few clips to hold some back.
//
// # Concurrency
//
// Up to Options.Threads trainings go on side by side. Equal options and data give
// equal files with one family of kernels, whatever the number of threads.
package learn
