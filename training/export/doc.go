// Package export turns a trained network into a float32 TFLite model: the one way from
// package network to a file.
//
// # Concepts
//
// Network writes the layers as TFLite operators: FULLY_CONNECTED, CONV_2D,
// DEPTHWISE_CONV_2D and TRANSPOSE_CONV with fused ReLU, LOGISTIC and RESHAPE.
// Operating conditions are a second input, whose FULLY_CONNECTED is joined by ADD.
// Latent values become their means, and the divergence a second output, of MUL, EXP,
// ADD, SUB and a depthwise sum. A mean over all positions is a depthwise convolution too:
// TFLite's average would keep the codes of what it averages, which are too wide for it.
//
// The graph is that of the int8 model, operator by operator and tensor by tensor:
// package quantise only changes types and constants. Lowered knows which tensor is which
// layer's, so that weights come back to a network (Lowered.Load), to be trained further.
//
// What a family does around its layers is in the network's weights when it comes here:
// standardisation, operating conditions and the cut behind an encoder are folded in by
// package families, batch normalisation by network.Network.Fold.
//
// # Formats
//
// Inputs and outputs have a batch of 1. A dense input is [1, cells], a picture
// [1, bands, frames, 1], conditions are [1, conditions]. Weights lie as TFLite has
// them, output channel first: Kernel and Matrix turn one layout into the other.
//
// # Errors
//
// Layers that TFLite's operators cannot express, batch normalisation among them: fold the
// network first.
//
// # Sources
//
// Operators and layouts: TFLite's schema.fbs and its 8-bit quantisation specification
// (ai.google.dev/edge/litert). build/oracle/training/ptq_litert.py runs the int8 models
// of these graphs in LiteRT.
package export
