// Package content gathers what a report shows about a model and recordings,
// beyond the scores: the data, the network, pictures of what was heard and what
// the model made of it, noise, time.
//
// # Concepts
//
// A Study is plain data. It is gathered once from a model file, a folder with
// normal/ and abnormal/, and what else there is: the folder that was learned,
// the learning curve, other models, benchmarks of boards. What is not there is
// absent and left out of the report.
//
// A picture is a clip's frames as the node's front end gives them, beside their
// reconstruction by the model in the file. Overlapping windows are averaged, so
// a picture shows what the model makes of the sound, not any one score.
//
// The noise sweep mixes pink noise into the samples and plays the mixture through
// the node's own pipeline (package replay). The noise has the same level in every
// clip, as in a hall that does not know which machine is ill: were it set by each
// clip's own level, a louder fault would come with louder noise, and the noise
// would give it away. The ratio is that of the measured power of the median normal clip
// to that of the noise.
//
// # Limits
//
// One clip's frames are in memory at a time, besides the pictures that are kept.
// Pictures, and what can be heard of them, are of ten seconds at most. The noise sweep takes at most 24 clips of
// each label.
package content
