// Package trainedon says what features a network that was trained elsewhere takes, in the words of
// the frameworks that computed them, and what a node has to compute and to scale for it.
//
// # Concepts
//
// Features are a log-mel spectrogram: frames and bands as a dsp.Profile has them, the triangles'
// norm, the unit of its levels, and how they were standardised. A Preset is one that many
// networks share. Profile returns what a node computes; Scaling what a cell of 0 to 1, which
// stands for the range of the profile, is in the network's numbers.
//
// Triangles without norm, librosa's norm=None and torchaudio's default, are higher by half
// their width in Hz than those of unit area that a node has: an offset for each band, exact.
//
// # Errors
//
// What cannot be had of a stream, since it needs the whole clip, and what a node does not
// compute is refused with the reason.
//
// # Sources
//
// librosa 0.11: feature.melspectrogram, power_to_db, filters.mel. DCASE 2020 task 2 baseline
// (github.com/y-kawagu/dcase2020_task2_baseline), MIMII baseline (github.com/MIMII-hitachi/
// mimii_baseline), MLPerf Tiny 1.0, anomaly detection.
package trainedon
