// Package learn turns a folder of normal recordings into a model file: it
// trains, quantises, chooses the threshold and writes down how.
//
// # Concepts
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
// sound, and their 99 % quantile is the threshold. Observations of one clip are
// alike, and the deviations are measured on the same observations, so with few
// clips the true false alarm rate is higher than 1 %: Outcome.Warnings says how
// little there is.
//
// # Concurrency
//
// Up to Options.Threads trainings go on side by side. Equal options and data give equal files on one architecture,
// whatever the number of threads, but for the time of day in the provenance.
package learn
