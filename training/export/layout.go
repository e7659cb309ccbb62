package export

import "github.com/auscult/auscult/training/network"

// KernelShape returns TFLite's shape of a layer's weights: [out, in], [out, rows,
// columns, in], or [1, rows, columns, channels] of a depthwise convolution.
func KernelShape(s network.Spec) []int {
	switch s.Kind {
	case network.Dense:
		return []int{s.Out.C, s.In.C}
	case network.DepthwiseConv2D:
		return []int{1, s.Kernel, s.Kernel, s.Out.C}
	}
	return []int{s.Out.C, s.Kernel, s.Kernel, s.In.C}
}

// Kernel returns a layer's weights, a matrix of package network, in TFLite's order.
func Kernel(s network.Spec, matrix []float32) []float32 {
	kernel := make([]float32, len(matrix))
	eachWeight(s, len(matrix), func(inMatrix, inKernel int) { kernel[inKernel] = matrix[inMatrix] })
	return kernel
}

// Matrix is the other way round.
func Matrix(s network.Spec, kernel []float32) []float32 {
	matrix := make([]float32, len(kernel))
	eachWeight(s, len(kernel), func(inMatrix, inKernel int) { matrix[inMatrix] = kernel[inKernel] })
	return matrix
}

// eachWeight visits n weights with their places in both orders.
func eachWeight(s network.Spec, n int, visit func(inMatrix, inKernel int)) {
	rows := n / s.Out.C // values that one output channel multiplies by
	for r := range rows {
		for c := range s.Out.C {
			visit(r*s.Out.C+c, inKernel(s, r, c, rows))
		}
	}
}

// inKernel returns where TFLite has the weight in row r of nn's matrix for output
// channel c.
func inKernel(s network.Spec, r, c, rows int) int {
	switch s.Kind {
	case network.DepthwiseConv2D:
		return r*s.Out.C + c
	case network.ConvTranspose2D:
		// nn has [in, row, column, out].
		area := s.Kernel * s.Kernel
		r = r%area*s.In.C + r/area
	}
	return c*rows + r
}

// columns returns some columns of a matrix of n columns.
func columns(w []float32, n, from, to int) []float32 {
	out := make([]float32, 0, len(w)/n*(to-from))
	for ; len(w) > 0; w = w[n:] {
		out = append(out, w[from:to]...)
	}
	return out
}
