// Package dataset provides folders of recordings as clips and features, and
// keeps abnormal sound out of learning.
//
// # Concepts
//
// A plain folder holds normal/ and, for judging, abnormal/, each with recordings at
// any depth; what else people call them (OK, NG, anomaly, Gut, 正常 and so on, in
// capitals or not, with words such as "sounds" beside) is understood, also below folders of the
// machine's name or train/ and test/; a near miss such as nomal/ is named.
// What is neither read nor a document is counted by its ending, in a warning. Published
// data sets are read as they are, also from their zip files without unpacking: MIMII,
// ToyADMOS, and DCASE's task 2 as of 2020 and as of 2022 to 2025. Which one it is, is
// seen in the names of all files; a set of many machines is opened one machine at a
// time. What a set keeps for testing is not learned from, normal or not.
//
// Open lists them; each is a Clip with a label. A NormalClips value holds clips
// of normal sound only: only this package can make one with clips in it, from
// what the layout calls normal, and all that learns takes NormalClips. So an
// abnormal clip cannot reach weights, quantisation or thresholds by mistake.
//
// A Listener hears clips block by block and computes what the node would: the codes of each frame,
// by the same front end and quantiser. Frames never span two clips. A Change of a clip's level
// shows how much of a result is loudness. ExtractNormal keeps the codes of clips to learn from.
//
// Clips of one take, recorded at one time by several microphones or into several files, are never
// on both sides: not of the share that is kept for testing, nor of folds. A take is found by
// names (files that differ only in their ending, or in ch1, mic2, part3 and the like), by times in names
// where one file begins when the one before ends, and by ear: equal and simultaneous sound (package likeness), and
// numbered files of which one goes on where another ends (package seam), as record --split, recorders and editors cut
// them. Numbers alone say nothing: twelve clips called 001 to 012 are twelve takes. Where all is one take, neighbours
// in the order of names are kept together.
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
// A clip may also be a table of accelerations, as package recording/table reads it: text
// (CSV, TSV), arrays of NumPy's (NPY, NPZ) or MATLAB's, or Parquet. The sample rate of one that does not say it is
// taken to be the profile's. The table of operating conditions is read by the same reader
// of text, so that it may have any separator, decimal commas and so on.
//
// Features may be kept in a folder, Options.Cache, in files named by clip content,
// profile and channel: a line that names the format, the length of a JSON object in
// four bytes, that object, the codes, and the SHA-256 of all before. Review says what
// clips are like before they are learned: rates, levels, clipped and silent ones.
//
// # Errors
//
// A folder without normal/ and of no known layout, or without a recording of normal
// sound, is an error; so are several machines of which none is chosen. A file that
// cannot be read is left out with a warning. A higher sample rate than the
// profile's is converted as the node does; a clip of a lower one is left out, with a warning that
// names both. No clip stops the others, unless all are like that.
//
// # Limits
//
// 100,000 clips, 64 levels of folders, 64 GiB a clip in an archive. Clips may be of any length: of
// the codes no more than ResidentCodes stay in memory. A clip of a set takes 96 bytes and its
// name, its features 200.
//
// # Sources
//
// MIMII: Purohit et al., 2019 (zenodo.org/records/3384388). ToyADMOS: Koizumi et al.,
// 2019 (zenodo.org/records/3351307). DCASE: dcase.community, challenge2020 and
// challenge2022 to 2025, task 2, "Dataset".
package dataset
