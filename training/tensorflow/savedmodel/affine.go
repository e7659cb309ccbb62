package savedmodel

import (
	"fmt"
	"math"

	npb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/node_def_go_proto"
)

// affine returns by what a node multiplies each value of a sample, and what it adds.
// dims is the shape of its output.
func affine(n *npb.NodeDef, dims []int64, inputs []*constant) (scale, offset []float64, err error) {
	size := 1
	for _, d := range dims {
		size *= int(d)
	}
	one, zero := fill(size, 1), fill(size, 0)
	if n.GetOp() == "FusedBatchNormV3" || n.GetOp() == "FusedBatchNormV2" || n.GetOp() == "FusedBatchNorm" {
		return batchNorm(n, size, inputs)
	}
	if len(inputs) != 2 {
		return nil, nil, unknown(n)
	}
	data := 0
	if inputs[0] != nil {
		data = 1
	}
	by, err := broadcast(inputs[1-data], dims)
	if err != nil {
		return nil, nil, err
	}
	switch op := n.GetOp(); {
	case op == "BiasAdd" && string(n.GetAttr()["data_format"].GetS()) == "NCHW":
		return nil, nil, fmt.Errorf("its data format is NCHW: needs channels last")
	case op == "BiasAdd" || op == "Add" || op == "AddV2":
		return one, by, nil
	case op == "Mul":
		return by, zero, nil
	case op == "Sub" && data == 0:
		for i := range by {
			by[i] = -by[i]
		}
		return one, by, nil
	case op == "Sub":
		return fill(size, -1), by, nil
	case op == "RealDiv" && data == 0:
		for i := range by {
			by[i] = 1 / by[i]
		}
		return by, zero, nil
	}
	return nil, nil, unknown(n)
}

// unknown refuses an operation.
func unknown(n *npb.NodeDef) error {
	return fmt.Errorf("there is no counterpart of %s: what can be imported are chains of Dense, Conv2D, DepthwiseConv2D, Conv2DTranspose, "+
		"BatchNormalization, Normalization, Rescaling, Flatten, Reshape, ReLU and sigmoid", n.GetOp())
}

// batchNorm is the operation of that name in inference.
func batchNorm(n *npb.NodeDef, size int, inputs []*constant) (scale, offset []float64, err error) {
	if n.GetAttr()["is_training"].GetB() {
		return nil, nil, fmt.Errorf("it takes its statistics from the batch: export the model for inference")
	}
	if len(inputs) < 5 || string(n.GetAttr()["data_format"].GetS()) == "NCHW" {
		return nil, nil, unknown(n)
	}
	scale, offset = make([]float64, size), make([]float64, size)
	for i := range size {
		var p [4]float64 // factor, offset, mean and variance
		for k, in := range inputs[1:5] {
			if in == nil || len(in.values) == 0 {
				return nil, nil, fmt.Errorf("its statistics are not constant")
			}
			p[k] = float64(in.values[i%len(in.values)])
		}
		scale[i] = p[0] / math.Sqrt(p[3]+float64(n.GetAttr()["epsilon"].GetF()))
		offset[i] = p[1] - p[2]*scale[i]
	}
	return scale, offset, nil
}

func fill(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// broadcast repeats a constant along axes of length 1, and those that it lacks.
func broadcast(c *constant, dims []int64) ([]float64, error) {
	if c == nil {
		return nil, fmt.Errorf("two things that depend on the input come together: only chains can be imported")
	}
	missing := len(dims) - len(c.shape)
	if missing < 0 {
		return nil, fmt.Errorf("a constant has the shape %v beside values of %v", c.shape, dims)
	}
	for i, d := range c.shape {
		if d != 1 && int64(d) != dims[missing+i] {
			return nil, fmt.Errorf("a constant has the shape %v beside values of %v", c.shape, dims)
		}
	}
	size := 1
	for _, d := range dims {
		size *= int(d)
	}
	out := make([]float64, size)
	for i := range out {
		at, rest, step := 0, i, 1
		for axis := len(dims) - 1; axis >= missing; axis-- {
			if d := c.shape[axis-missing]; d > 1 {
				at += rest % int(dims[axis]) * step
				step *= d
			}
			rest /= int(dims[axis])
		}
		out[i] = float64(c.values[at])
	}
	return out, nil
}
