// Package graph does to a network that was trained elsewhere what it needs to run on a node:
// it holds the network as operators on tensors of known shape, and makes it smaller without
// changing what it computes.
//
// # Concepts
//
// A Graph is a list of Nodes, each a TFLite operator with its options, that computes one
// Value from others. Readers of files (package foreign and those below it) make one, Simplify
// rewrites it, and Lower makes a float32 TFLite model of it, which package quantise takes.
//
// Pictures lie as TFLite has them, [batch, height, width, channel]. What comes in another
// order has transpositions around each operator that minds; Simplify moves them downwards
// until they meet and cancel, or until a dense layer takes them into its weights.
//
// An affine step is a multiplication by constants or an addition of them: normalisations,
// units, and what a batch normalisation is once it is trained. Simplify folds it into the
// weights before or behind it where that is exact, and makes a 1x1 depthwise convolution of
// what is left: before a convolution that pads, an offset cannot be folded, since the padding
// is 0 and not what the offset makes of 0.
//
// # Formats
//
// Values are float32, or int32 where they say a shape. The batch is 1 and part of each shape.
//
// # Concurrency
//
// A Graph belongs to one goroutine.
//
// # Errors
//
// Lower refuses what TFLite has no operator for; a reader refuses what it does not know. Both
// name the operator.
//
// # Limits
//
// At most MaxNodes nodes, and MaxValues values in a tensor.
package graph
