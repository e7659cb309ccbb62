package tflite

import "fmt"

// The operators that only move elements do not ask what they are: one preparation serves all types, by bytes.

// movable are the types of what is moved.
var movable = []Type{Int8, Float32, Uint8, Int16, Int32, Int64, Bool, Float16}

// ofAll gives a variant for each movable type of the output.
func ofAll(v variant) []variant {
	var all []variant
	for _, t := range movable {
		v.output = t
		all = append(all, v)
	}
	return all
}

// moving gives the variants of such an operator, for so many inputs, of which the first is moved. size is the bytes of
// an element.
func moving(least, most int, prepare func(c *checker, in, out tensor, size int) step) []variant {
	return ofAll(variant{least: least, most: most, prepare: func(c *checker) step {
		in, out := c.movedIn(0), c.movedOut(0)
		c.sameMeaning("input 0", in, out)
		return prepare(c, in, out, c.out().Type.Size())
	}})
}

// movedIn gives input j, which is moved.
func (c *checker) movedIn(j int) tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.moved(fmt.Sprintf("input %d", j), c.o.Inputs[j])
}

// movedOut gives output k, to which elements are moved.
func (c *checker) movedOut(k int) tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.moved(fmt.Sprintf("output %d", k), c.o.Outputs[k])
}

// namedDimension gives the dimension that input j, a constant, names.
func (c *checker) namedDimension(j, rank int) (int, bool) {
	values := c.constantInts(j)
	if c.err != nil {
		return 0, false
	}
	if len(values) != 1 {
		c.fail("input %d has %d values, needs 1", j, len(values))
		return 0, false
	}
	return c.dimension(values[0], rank)
}

// dimension gives the dimension that an option means, which counts from the end where it is negative.
func (c *checker) dimension(axis, rank int) (int, bool) {
	if axis < -rank || axis >= rank {
		c.fail("dimension %d of a tensor that has %d", axis, rank)
		return 0, false
	}
	if axis < 0 {
		axis += rank
	}
	return axis, true
}

// with appends a number to a copy.
func with(s []int, n int) []int { return append(s[:len(s):len(s)], n) }
