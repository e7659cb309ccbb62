// Package fit does trainings of package network's networks with TensorFlow, through
// its Go binding.
//
// # Concepts
//
// The layers of a job's checkpoint become a graph, op.Gradients gives the gradients
// and ResourceApplyAdam the steps. Initial weights, order of samples, batches, rates
// and the statistics of batch normalisation are nn's, so that the losses of both engines
// agree but for rounding, as long as rounding has not grown up.
//
// # Sources
//
// TensorFlow 2.21's operators, github.com/tensorflow/tensorflow/tensorflow/go/op.
package fit
