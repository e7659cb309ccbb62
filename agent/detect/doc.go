// Package detect scores an observation of sound by several detectors that fail
// in different ways, and makes one number of their answers.
//
// # Concepts
//
// An Observation is what about two seconds of sound look like: how badly the
// autoencoder restored each band, how loud each band was and how much it moved.
// These detectors look at it:
//
//   - reconstruction: the residual's level in each band, in standard deviations
//     of normal sound, the mean of the bands that stand out most. Package model
//     computes it.
//   - level: how far the total and a few broad bands are from the level that is
//     normal, louder or quieter. A microphone that is bolted down hears a machine
//     that has become 4 dB louder.
//   - covariance: the Mahalanobis distance of the residual's levels: bands that
//     are each within their range but move as they never did. Of two domains of
//     normal sound, source and target, the nearer one counts.
//   - neighbours: the distance to the nearest remembered moments of normal sound,
//     by the spectrum's shape and by how much each band moves in time. The mean
//     over time alone has faults that look calmer than normal.
//   - divergence, of a variational autoencoder: how far its latent values are from
//     those of normal sound.
//   - embedding, of an encoder that was trained to tell moments from each other: the
//     distance to the nearest remembered moments, as it places them.
//
// A detector's score has a unit of its own. Its Calibration makes a surprise of
// it: -log10 of the share of normal sound that scores as high, so 2 is once in
// a hundred observations. The ensemble's score is the highest surprise of its
// parts (Max): a fault needs to be seen by one of them, and the threshold stays
// right when a user switches one off, since the others score as before. Mean is
// the other rule; it asks several parts to agree. Paired on the development
// recordings (make bench-families) the rules tell clips apart alike as recorded;
// mean is ahead by 0.02 to 0.04 of AUC on a ceiling fan's vibration with the level
// removed, max raises the alarm on one fault of eight more on another fan.
//
// # Formats
//
// Everything that a detector knows of normal sound travels in the model's
// settings as JSON. Levels are in dB. Evidence is a row of numbers behind a
// score: the surprise of each part, then how many dB each of the level
// detector's bands is off. Means over rows are rows, so an event has one too.
//
// # Numbers
//
// One operation at a time, each rounded on its own, and no function but the
// square root: every architecture gives the same bits.
//
// # Concurrency
//
// An Ensemble is read-only and may be shared. A Scorer belongs to one goroutine
// and allocates nothing after it is made.
//
// # Limits
//
// 1,024 bands, 32 level bands, 16 axes, 256 remembered moments, 64 calibration
// points: at most 1,024 x 2 x 256 multiplications every two seconds.
//
// # Sources
//
// Mahalanobis distance of residuals: Harada et al., "First-shot anomaly sound
// detection for machine condition monitoring", 2023 (arXiv 2303.00455), after
// the DCASE 2023 task 2 baseline. Neighbours: Ramaswamy, Rastogi and Shim,
// "Efficient algorithms for mining outliers from large data sets", 2000.
// Probabilistic axes and an equal rest: Tipping and Bishop, "Probabilistic
// principal component analysis", 1999.
package detect
