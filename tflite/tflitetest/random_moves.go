package tflitetest

import "github.com/auscult/auscult/tflite"

func (g *generator) reshape(x int) int {
	s := g.shape(x)
	shapes := [][]int{
		{s[0], s[1] * s[2] * s[3]}, {s[0] * s[1] * s[2] * s[3]}, {s[0], s[2], s[1], s[3]},
		{s[0] * s[1], 1, s[2] * s[3], 1, 1},
	}
	shape := shapes[g.IntN(len(shapes))]
	p := tflite.ReshapeOptions{NewShape: shape}
	return g.Op(tflite.Reshape, 1, p, g.like(x, shape...), x, g.ints(shape...))
}

func (g *generator) tile(x int) int {
	var times, shape []int
	for _, d := range g.shape(x) {
		f := g.between(1, 3)
		times, shape = append(times, f), append(shape, d*f)
	}
	return g.Op(tflite.Tile, 2, nil, g.like(x, shape...), x, g.ints(times...))
}

func (g *generator) pad(x, most int) int {
	var amounts, shape []int
	for _, d := range g.shape(x) {
		before, after := g.IntN(most), g.IntN(most)
		if len(g.shape(x)) == 4 && len(shape) == 0 {
			before, after = 0, 0
		}
		amounts, shape = append(amounts, before, after), append(shape, d+before+after)
	}
	return g.Op(tflite.Pad, 2, nil, g.like(x, shape...), x, g.margins(amounts...))
}
