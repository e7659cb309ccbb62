package tflite

import (
	"fmt"
	"time"
)

// A step of one operator takes a hundred times as long as one of another, so that a limit of steps bounds no time. The
// times here were set by judgement, for one core at a few GHz, and not measured: they tell seconds from hours, no more.

// Nanoseconds that a step takes which OperatorInfo.MACs counts.
const (
	elementStep   = 4.0 // of operators on elements, and of poolings
	floatStep     = 1.0 // of a product of float32 by the generic kernels
	spreadStep    = 3.0 // of a depthwise convolution of float32
	narrowStep    = 6.0 // of a depthwise convolution of few channels, or with several outputs for each
	wideStep      = 1.5 // of a product of int8 and int16
	fewOutputs    = 8   // below which a matrix product leaves lanes idle
	fewChannels   = 8   // likewise for a depthwise convolution
	genericMatrix = 1.2
	genericRow    = 2.0
)

// floatMatrixStep are the nanoseconds of a product of float32 in a matrix by the family of kernels.
var floatMatrixStep = map[string]float64{"avx512vnni": 0.05, "avx2": 0.07, "dotprod": 0.3, "neon": 0.3}

// matrixStep and rowStep are the nanoseconds of a product of int8 in a matrix, and in a depthwise convolution, by the
// family of kernels; others take as long as the generic one.
var (
	matrixStep = map[string]float64{"avx512vnni": 0.01, "avx2": 0.03, "dotprod": 0.05, "neon": 0.15}
	channelRow = map[string]float64{"avx512vnni": 0.1, "avx2": 0.15, "dotprod": 0.3, "neon": 0.4}
)

// pace gives about how many nanoseconds the operator takes in an inference. Its shapes were checked.
func (c *checker) pace() float64 {
	steps := float64(c.macs)
	if len(c.o.Outputs) == 0 {
		return elementStep * steps
	}
	out := c.out()
	isFloat := out.Type == Float32
	switch c.o.Op {
	case While, If, Composite:
		return 0 // what they run was counted when it was prepared
	case UnidirectionalSequenceLSTM, SVDF:
		return floatStep * steps
	case Conv2D, FullyConnected, TransposeConv, BatchMatMul:
		if out.Type == Int16 {
			return wideStep * steps
		}
		step, ok := matrixStep[c.left.impl.Name]
		fast, isFast := floatMatrixStep[c.left.impl.Name]
		switch {
		case isFloat && isFast && c.o.Op != BatchMatMul:
			return fewOutputs * fast * steps // as if outputs were few
		case isFloat:
			return floatStep * steps
		case !ok || c.o.Op == BatchMatMul:
			return genericMatrix * steps
		case out.Shape[len(out.Shape)-1] < fewOutputs:
			return fewOutputs * step * steps
		default:
			return step * steps
		}
	case DepthwiseConv2D:
		channels := out.Shape[len(out.Shape)-1]
		narrow := channels < fewChannels || channels != c.inShape(0)[3]
		switch step, ok := channelRow[c.left.impl.Name]; {
		case narrow:
			return narrowStep * steps
		case isFloat:
			return spreadStep * steps
		case !ok:
			return genericRow * steps
		default:
			return step * steps
		}
	}
	return elementStep * steps
}

// spendTime takes nanoseconds from what an inference may take.
func (b *budget) spendTime(nanos float64) error {
	if nanos <= b.nanos {
		b.nanos -= nanos
		return nil
	}
	limit := b.limits.TimeLimit
	return fmt.Errorf("an inference takes about %v or more, the limit is %v",
		roughly(float64(limit)-b.nanos+nanos), limit)
}

// roughly gives a duration to two digits or so.
func roughly(nanos float64) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	if nanos > float64(century) {
		return century
	}
	d := time.Duration(nanos)
	for unit := time.Hour; unit > 1; unit /= 10 {
		if d >= 10*unit {
			return d.Round(unit)
		}
	}
	return d
}
