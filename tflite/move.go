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

// with appends a number to a copy.
func with(s []int, n int) []int { return append(s[:len(s):len(s)], n) }
