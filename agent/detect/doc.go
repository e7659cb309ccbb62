// Package detect scores an observation of sound by several detectors that fail
// in different ways, and makes one number of their answers.
//
// # Concepts
//
// An Observation is what about two seconds of sound look like: how badly the
// autoencoder restored each band, how loud each band was and how much it moved, and how the
// waveform moved.
// A Detector looks at it. These are in the table Kinds, each in a file of its own:
//
//   - reconstruction (whitened.go): the residual's level in each band, in standard
//     deviations of normal sound, the mean of the bands that stand out most.
//   - level: how far the total and a few broad bands are from the level that is
//     normal, louder or quieter. A microphone that is bolted down hears a machine
//     that has become 4 dB louder. A machine that idles and runs has operating states, each
//     with levels of its own, and the nearest counts.
//   - covariance: the Mahalanobis distance of the residual's levels: bands that
//     are each within their range but move as they never did. Of two domains of
//     normal sound, source and target, the nearer one counts.
//   - neighbours: the distance to the nearest remembered moments of normal sound,
//     by the spectrum's shape and by how much each band moves in time. The mean
//     over time alone has faults that look calmer than normal.
//   - motion: the distance to the nearest remembered moments by impulses, roughness and beats:
//     what happens within a frame, which no spectrum says, and from frame to frame.
//   - thirds: the Mahalanobis distance of the levels of thirds of an octave, within the nearest
//     operating state. A machine sways as a whole, or in broad bands; a narrow band that does
//     not go with the others is a surprise even where each level alone is within its range.
//   - divergence, of a variational autoencoder: how far its latent values are from
//     those of normal sound.
//   - embedding, of an encoder that was trained to tell moments from each other: the
//     distance to the nearest remembered moments, as it places them.
//   - mse: the mean squared residual, in dB². It stands alone only.
//
// A detector's score has a unit of its own. Its Calibration makes a surprise of
// it: -log10 of the share of normal sound that scores as high, so 2 is once in
// a hundred observations. The ensemble's score is the highest surprise of its parts (Max): a
// fault needs to be seen by one of them, and the threshold stays right when a user switches
// one off, since the others score as before. A detector that stands alone (Alone) has no
// calibration, and its own score counts. Mean is
// the other rule; it asks several parts to agree. Paired on the development
// recordings (make bench-families) the rules tell clips apart alike as recorded;
// mean is ahead by 0.02 to 0.04 of AUC on a ceiling fan's vibration with the level
// removed, max raises the alarm on one fault of eight more on another fan.
//
// A new detector is a file with its parameters, Validate, Scorer, Words and, where it can
// learn normal sound without more than sums, Fit; and a line in Kinds. What needs more to be
// fitted has a file of the same name in package training/detectors. What it looks at may need a
// field in Observation and an observer in package model. Nothing else names detectors one by
// one.
//
// # Formats
//
// Everything that a detector knows of normal sound travels in the model's
// settings as JSON, beside its name and its calibration. Levels are in dB. Evidence is a row of
// numbers behind a score: each band's part of the residual, the surprise of each part, then
// each part's details, such as how many dB the level detector's bands are off. Means over rows
// are rows, so an event has one too.
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
