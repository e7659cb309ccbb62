// Package quantise provides post-training quantisation: it turns a float32 TFLite model into
// an int8 one and says what that costs.
//
// # Concepts
//
// Quantise takes any float32 model that package tflite runs: package export's, of a network
// that was trained here, or one that was trained elsewhere. It watches what every operator
// gives on windows of normal sound (runner), chooses codes for each tensor (plan), and
// writes the same graph with other types and constants (writer): operator by operator and
// tensor by tensor. Compare runs float and int8 side by side.
//
// A runner computes layers with weights by package network's kernels, in batches, and adds in
// the order in which the network was trained: a model has the same bytes as if the network
// itself had been watched. What nn has no layer for an interpreter computes.
//
// What reads the second input is never calibrated but covers the whole range of the
// operating conditions. The divergence of latent values is recognised by its operators and
// has ranges of its own (divergence).
//
// # Formats
//
// Weights are int8 with zero point 0 and one scale per output channel, the
// largest magnitude by 127. Biases are int32 with scale input times weight.
// Activations are int8 with a zero point; their range always holds 0.
//
// The input tensor has scale 1/255 and zero point -128: a code of the front end
// is its byte, whatever the training data were. A linear output that is the input again
// has the range that it has on the calibration windows, at most that of the input: most of
// the noise in a window's score is its rounding. On the ceiling fan's vibration the scores of float and
// int8 correlate by 0.9987 with the input's scale and by 0.9995 with its own. A logistic
// output has 1/256 and -128, TFLite's rule. An output that is something else than the input
// again, as an encoder's is, reaches half as far again as it was seen to.
//
// A range is chosen to make the mean squared error on the calibration windows
// small: candidates between the extremes and a third of them are tried on a
// histogram of 2,048 bins, with the error of rounding and that of clamping. For the
// input of a logistic function the error is taken after the function. On the fan
// clips this keeps 95 to 100 % of the extremes and costs nothing against them;
// it is there for the one click in a long recording that would take most codes.
//
// Calibration sees every window twice, the second time 8 dB louder: ranges taken
// from normal sound alone clip what is louder than normal. On the shipped fan clips
// this took the worst correlation of the conv family's window scores, float against
// int8, from 0.9975 to 0.9996.
//
// Equalise evens out the channels of an activation before that, which share one scale,
// where the scores of int8 follow those of float32 better afterwards: on the shipped fan
// clips it lifts the worst correlation of the small family's seeds from 0.9988 to 0.9991.
//
// Where an activation that bends (leaky ReLU, ELU, GELU, hard swish, and tanh or the logistic
// function behind a cut) alone takes a tensor, each end of its range is chosen by the error behind
// that; what is cut off has no codes; and channels are evened out across what their factors pass.
// On imported networks the rank of the windows' scores, float against int8, rose from 0.9985 to
// 0.9990 (t02), 0.9976 to 0.9989 (t06) and 0.9986 to 0.9995 (k06) by that.
//
// Rounded weights shift a layer's outputs by their error times the mean of its
// inputs; the offsets make up for it. Options.Percentile takes ranges by
// percentile instead; on those clips that is no better.
//
// # Errors
//
// Models that package tflite does not run in float32 or whose operators have no int8 form,
// windows that do not fit the inputs, none to calibrate on, and weights that are not finite.
//
// # Limits
//
// A model has one input of cells and at most one of operating conditions, both from 0 to 1,
// with a batch of 1.
//
// # Sources
//
// TFLite 8-bit quantisation specification (ai.google.dev/edge/litert). The
// files load in LiteRT 2.3.0 and give the interpreter's bytes there:
// build/oracle/training/ptq_litert.py.
package quantise
