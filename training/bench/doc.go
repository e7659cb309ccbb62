// Package bench measures how long inference, and each step from samples to
// decision, takes on the machine it runs on.
//
// # Concepts
//
// A run is a warm-up, a measured loop over one and the same input, and a
// second, shorter loop that also takes the time of every operator. Latencies
// are of single inferences, by Go's monotonic clock; the measured loop
// allocates nothing. Percentiles are by nearest rank: the value that at least
// that share of the inferences did not exceed.
//
// The steps are measured on the node's own front end, scorer and decision, fed
// with noise one hop at a time as a microphone would. Figures that are to be
// published come from five windows of ten seconds or more; each is the median
// over the windows, which is MLPerf Tiny's way.
//
// RunCapture reads a microphone and computes nothing. Backends runs the model with
// every family of kernels, and its float32 form, by turns of a twentieth of the
// time, so that what else the machine does meets all of them alike.
//
// # Limits
//
// The clock itself costs some 50 ns a reading, which counts in models that
// take a microsecond. Frequency scaling and other processes are not kept away.
package bench
