// Package metrics provides the numbers by which a detector is judged: ROC and its
// areas, confusion at a threshold, intervals, and thresholds from the scores of
// normal sound.
//
// # Concepts
//
// One clip gives one score; higher means less normal. A clip counts as detected
// when its score is above the threshold, as in agent/decide. Positive means
// abnormal throughout.
//
// Clips, not windows, are the unit of every interval: windows of one clip are
// alike, and counting them as independent makes intervals far too narrow. Clips
// cut from one session or one day are alike too; where that is known, give each
// session's mean as one score. Scores that depend on each other also make a
// quantile of normal scores look better founded than it is.
//
// # Formats
//
// The area under the ROC curve is the probability that an abnormal clip scores
// above a normal one, ties counting half. The partial area up to a false alarm
// rate r is standardised after McClish so that guessing gives 0.5 and a perfect
// detector 1: 0.5*(1 + (A - r²/2)/(r - r²/2)). That is scikit-learn's
// roc_auc_score(max_fpr=r); the plain share A/r that some papers report is
// another number.
//
// The area under the precision-recall curve is the average precision, a sum of
// steps as in scikit-learn's average_precision_score. DCASE's official score is
// the harmonic mean of areas as the task's evaluators of 2022 to 2024 take it.
//
// Two detectors are compared on the same clips, drawn together: see Compare.
//
// Intervals are 95 % percentile bootstrap intervals: 2,000 resamples of the
// clips of each class, from a seed. Where the area is exactly 0 or 1 every
// resample has the same area, and Newcombe's method 5 takes its place.
//
// Results encode to JSON: what has no value is absent, with the reason in Notes.
//
// # Errors
//
// Scores that are not finite are errors. Missing classes are not: the numbers
// that need them are absent.
//
// # Sources
//
// Partial area: McClish, Medical Decision Making 9 (1989) 190-195. Interval of
// an area of 0 or 1: Newcombe, Statistics in Medicine 25 (2006) 559-573, method
// 5. Official score: nttcslab/dcase2023_task2_evaluator. Highest values of
// blocks: Coles, An Introduction to Statistical Modeling of Extreme Values
// (2001), chapter 3. Limits of counts: Garwood, Biometrika 28 (1936) 437-442.
// Gamma fit: Minka, "Estimating a Gamma distribution", 2002. Golden values
// from scikit-learn and SciPy, see testdata/README.md.
package metrics
