// Package dataset provides folders of recordings as clips and features, and
// keeps abnormal sound out of learning.
//
// # Concepts
//
// A folder holds normal/ and, for judging, abnormal/, each with WAV files at any
// depth. Open lists them; each is a Clip with a label. A NormalClips value
// holds clips of normal sound only: only this package can make one with clips
// in it, from what lies under normal/, and all that learns takes NormalClips.
// So an abnormal clip cannot reach weights, quantisation or thresholds
// by mistake.
//
// Features reads clips and computes what the node would: the codes of each frame,
// by the same front end and quantiser. Frames never span two clips. A Treatment changes
// a clip's level beforehand, which shows how much of a result is loudness.
//
// Windows cuts codes to model inputs without copying them.
//
// # Formats
//
// Codes are int8, frame after frame, each with its bands from low to high. The
// hash is SHA-256 over, for each clip in order, its name relative to the folder,
// a zero byte, and the SHA-256 of its bytes; it changes with a clip's name,
// content or label.
//
// Files are sorted by name, byte by byte. Hidden files and folders are left
// out. Links are followed to files; links to folders are left out with a
// warning, so that a loop cannot trap the walk.
//
// # Errors
//
// A folder without normal/, or without a WAV file in it, is an error. A file that
// cannot be read as WAV is left out with a warning. A higher sample rate than the
// profile's is converted as the node does; a lower one is an error that names both
// rates, since a whole recording campaign is likely to share it.
//
// # Limits
//
// 100,000 clips, 64 levels of folders, wav.MaxMonoSamples a clip.
package dataset
