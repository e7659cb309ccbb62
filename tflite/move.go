package tflite

// The operators that only move elements do not ask what they are: one preparation serves all types, by bytes.

// moving gives the variants of such an operator, for so many inputs. size is the bytes of an element.
func moving(least, most int, prepare func(c *checker, in, out tensor, size int) step) []variant {
	return []variant{
		{output: Int8, least: least, most: most, prepare: func(c *checker) step {
			in, out := c.codesIn(0), c.codesOut()
			c.sameQuantisation(in, out)
			return prepare(c, in, out, 1)
		}},
		{output: Float32, least: least, most: most, prepare: func(c *checker) step {
			return prepare(c, c.realsIn(0), c.realsOut(), 4)
		}},
	}
}

// with appends a number to a copy.
func with(s []int, n int) []int { return append(s[:len(s):len(s)], n) }
