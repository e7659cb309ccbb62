package quantise

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// movers are the operators that give codes as they come: those of what they take and of what
// they give stand for the same.
var movers = map[tflite.Op]bool{
	tflite.AveragePool2D: true, tflite.BroadcastTo: true, tflite.Concatenation: true, tflite.Gather: true,
	tflite.MaxPool2D: true, tflite.Maximum: true, tflite.Minimum: true, tflite.MirrorPad: true, tflite.Pad: true,
	tflite.PadV2: true, tflite.ReduceMax: true, tflite.ReduceMin: true, tflite.Reshape: true,
	tflite.ResizeBilinear: true, tflite.ResizeNearestNeighbor: true, tflite.Slice: true, tflite.StridedSlice: true,
	tflite.Tile: true, tflite.Transpose: true,
}

// moved returns the tensors that are no constants whose codes an operator moves, none of one
// that computes.
func (g *graph) moved(op int) (from []int) {
	o := &g.Operators[op]
	if !movers[o.Op] {
		return nil
	}
	for _, t := range o.Inputs {
		if t >= 0 && !g.isConstant(t) && !slices.Contains(from, t) {
			from = append(from, t)
		}
	}
	return from
}

// origin returns the tensor that one is only another shape, order or part of.
func (g *graph) origin(tensor int) int {
	for g.producer[tensor] != none {
		from := g.moved(g.producer[tensor])
		if len(from) != 1 {
			break
		}
		tensor = from[0]
	}
	return tensor
}

// leaves reports whether a tensor is an output, or is moved only and then is one.
func (g *graph) leaves(tensor int) bool {
	for !slices.Contains(g.Outputs, tensor) {
		op, ok := g.only(tensor)
		if !ok || len(g.moved(op)) != 1 {
			return false
		}
		tensor = g.out(op)
	}
	return true
}

// kept returns what is left of a tensor that is only cut: what lies outside needs no codes.
func (g *graph) kept(tensor int) int {
	left := tensor
	for {
		op, ok := g.only(tensor)
		if !ok {
			return left
		}
		switch g.Operators[op].Op {
		case tflite.Slice, tflite.StridedSlice:
			left = g.out(op)
		case tflite.Reshape, tflite.Transpose:
		default:
			return left
		}
		tensor = g.out(op)
	}
}

// joint chooses the codes of what is made of several tensors, which must have the same: those
// of the cells where they are among them, so that what is only passed on stays as it is.
func (p *plan) joint(tensor int, from []int) codes {
	for _, t := range from {
		if p.g.origin(t) == p.g.Inputs[0] {
			return input
		}
	}
	return p.operand(tensor, p.observed(tensor))
}

// jointOf returns what is made of a tensor and others, where nothing else takes it: it can
// have the codes of that from the beginning.
func (g *graph) jointOf(tensor int) int {
	for {
		op, ok := g.only(tensor)
		if !ok {
			return none
		}
		from := g.moved(op)
		if len(from) == 0 {
			return none
		}
		if tensor = g.out(op); len(from) > 1 {
			return tensor
		}
	}
}
