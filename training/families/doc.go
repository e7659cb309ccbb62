// Package families provides the autoencoders that can be trained, each as one
// description that training and export share, and trains them.
//
// # Concepts
//
// A Family is a row of the table Families: its name, for how long it is trained, what it
// needs beside the sound, and the Description of its network. A new one is a file and a line.
//
// A Description is a list of layers with the window that they take. Train fits
// one to windows of normal sound and returns a Trained: the same function
// without batch normalisation, whose input and output are cells from 0 to 1
// over the profile's range, (level-MinDB)/(MaxDB-MinDB) = (code+128)/255.
//
// An Objective is what a training makes small: restoring, a mean squared error, or telling
// windows from each other. What else depends on that asks the objective: the unit of a loss, how
// many samples a step holds, what is kept of the network.
//
// Dense is the fully connected autoencoder of MLPerf Tiny's anomaly detection
// benchmark: four layers of 128, a bottleneck of 8, four of 128, each with batch
// normalisation and ReLU, and a linear output. Its input is standardised
// inside: each cell less its band's mean over the training windows, divided by
// one standard deviation for all cells; the output undoes it. One deviation, not
// one per band, keeps the loss a sum of squared decibels, so that training and
// score mean the same. What is inside is folded into the first and last layer.
//
// Conv halves bands and frames four times by 3x3 convolutions to 32, 64, 128
// and 256 channels, projects to 256/compression channels by a 1x1 convolution
// and back, and mirrors the way by transposed convolutions to one channel
// and a logistic function. The four halvings alone keep as many values as there
// are cells; the projection is what compresses. It is linear, since a ReLU there
// would leave less than its width.
//
// Small has the same shape with few channels, 8 to 64, and depthwise separable
// convolutions on the way down: a 23rd of conv's multiplications, for boards
// without vector instructions.
//
// VAE is Conv with a distribution instead of the projection: means and variances of as
// many latent values, from which training draws. Its model also gives how far they
// are from the distribution of all normal sound, which is a detector of its own.
//
// Conditioned is Dense with operating conditions, such as a speed, as a second input:
// one model for all of a machine's working range, to which what is normal at one
// speed is not normal at another.
//
// Contrast is no autoencoder: an encoder of small's kind that places windows among 64
// axes. It learns to give two views of one window, each with its own gain, tilt, noise,
// hidden bands and frames, nearly the same place, and others another (SimCLR). What
// is exported ends before the projection that the loss looks at; the place is scaled
// to a standard deviation of 1.
//
// # Errors
//
// Windows that a description does not fit, and the errors of nn.
//
// # Sources
//
// Dense: Banbury et al., MLPerf Tiny Benchmark, 2021 (arXiv 2106.07597), after
// Koizumi et al., DCASE 2020 task 2 baseline (arXiv 2006.05822). Depthwise separable
// convolutions: Howard et al., MobileNets, 2017 (arXiv 1704.04861). VAE: Kingma and
// Welling, 2014 (arXiv 1312.6114). Contrast: Chen et
// al., 2020 (arXiv 2002.05709). Hidden bands and frames: Park et al., SpecAugment, 2019
// (arXiv 1904.08779).
package families
