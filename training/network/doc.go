// Package network provides a small training engine for autoencoders: a fixed set of
// layers with hand-written gradients, in float32, on the CPU, without cgo.
//
// # Concepts
//
// A Spec describes one layer: kind, shapes, kernel, stride. A Network is a
// chain of layers with their weights. Fit teaches it to reproduce its input:
// the loss is the mean squared difference of output and input. Fold turns a
// trained network into one without batch normalisation that computes the same.
//
// A Sample in the chain makes it a variational autoencoder: latent values are drawn
// while training, and the loss follows the evidence's lower bound, with the variance
// of what is reproduced taken from the batch. Condition layers add what the operating
// conditions of a sample explain. With Config.Temperature a network learns to tell
// samples from each other instead (NT-Xent), from two views of each.
//
// # Formats
//
// Activations are float32, a batch of rows [batch, H, W, C] with the channel
// changing fastest (NHWC); a dense layer has H = W = 1. Weights are stored as
// the matrix that the forward pass multiplies by:
//
//	Dense            [in, out]
//	Conv2D           [kernel row, kernel column, in, out]
//	ConvTranspose2D  [in, kernel row, kernel column, out]
//	DepthwiseConv2D  [kernel row, kernel column, channel]
//	Condition        [condition, H, W, C]
//
// Padding is SAME as TensorFlow defines it: a convolution gives ceil(in/stride)
// outputs along an axis and pads (out-1)*stride+kernel-in zeros in all, the
// smaller half before. A transposed convolution gives in*stride outputs and is
// the gradient of the convolution that goes the other way.
//
// Batch normalisation sums blocks of 128 rows in float32 and the blocks in
// float64; each block's squares are taken about its own mean, and blocks joined
// as Chan does. The variance that inference uses is the unbiased one.
//
// # Concurrency
//
// A Network belongs to one goroutine at a time. Inside it spreads its work over
// as many goroutines as SetThreads says. The work is cut into the same pieces,
// and sums are taken in the same order, whatever their number: equal seeds and
// equal data give equal weights, bit for bit, with one family of kernels
// (UseKernels). Families differ in the last bits, and so do processors that have
// different ones.
//
// # Checkpoints
//
// Fit gives a Checkpoint after each epoch and when it is stopped between two
// steps: weights, Adam's moments, statistics, the place in the data's order, and
// the best weights so far. Going on from one gives the same bits as never having
// stopped, whatever the number of threads. The order of samples is not stored but
// drawn again from the seed.
//
// # Errors
//
// Specs, shapes and data that do not fit are errors. Training that diverges
// gives ErrDiverged.
//
// # Limits
//
// A layer has at most 1<<24 weights and 1<<22 activations per sample. Buffers
// are made for the largest batch seen and kept: a step allocates nothing.
//
// # Sources
//
// Batch normalisation: Ioffe and Szegedy, 2015 (arXiv 1502.03167). Adam: Kingma
// and Ba, 2015 (arXiv 1412.6980), algorithm 1. Cosine annealing: Loshchilov and
// Hutter, 2017 (arXiv 1608.03983), equation 5 without restarts. Initial weights:
// Glorot and Bengio, 2010, equation 16. SAME padding: TensorFlow, tf.nn,
// "Notes on padding". Reparametrisation and divergence: Kingma and Welling, 2014
// (arXiv 1312.6114), appendix B. The variance in the bound: Rybkin, Daniilidis and
// Levine, 2021 (arXiv 2006.13202). NT-Xent: Chen et al., 2020 (arXiv 2002.05709),
// equation 1. Variance: Chan, Golub and LeVeque, 1979 (Stanford
// STAN-CS-79-773). Matrix products: tflite/matrix.
package network
