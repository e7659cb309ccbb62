// Package detectors fits the detectors of agent/detect to observations of normal
// sound and calibrates them.
//
// # Concepts
//
// A sample is an observation of a clip, its residual made by a model that had not
// learned the clip. Fit learns every detector from all samples, and again without
// each clip, which it then scores: a detector remembers what it was fitted on, so
// only such cross-fitted scores say what normal sound to come will score. They make
// the calibration. Clips are left out one at a time, or in groups where there are
// many. The whitened residual needs sums only, so it leaves out each sample on its own.
//
// Most detectors fit themselves (detect.Fitter). The whitened residual, whose number of bands
// is searched for, and the covariance, which takes linear algebra, are fitted here, in files of
// their names: no node carries what that needs.
//
// The whitened score averages the bands that stand out most. How many these are is chosen
// by cross-fitted normal sound alone: see topBands.
//
// The surprises that Fit returns are the cross-fitted scores through the
// calibration that is kept. It has seen them, but it is one rising curve with a
// few points, and the same one that the node looks through: a threshold on these
// surprises is the same threshold on the scores.
//
// Where samples come from two domains, as those of DCASE's sets do, the covariance is
// fitted to each: one for all would take what lies between them for normal.
//
// # Limits
//
// There is nothing to leave out of one clip: its scores are then in-sample, and
// too low. The caller warns.
//
// # Sources
//
// See agent/detect. Moments are chosen farthest first: Gonzalez, "Clustering to
// minimize the maximum intercluster distance", 1985.
package detectors
