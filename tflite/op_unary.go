package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Functions of each element.
const (
	Abs       Op = schema.OpAbs
	Ceil      Op = schema.OpCeil
	Cos       Op = schema.OpCos
	Elu       Op = schema.OpElu // x, or exp(x) - 1 below 0
	Floor     Op = schema.OpFloor
	HardSwish Op = schema.OpHardSwish // x * clamp(x + 3, 0, 6) / 6
	Log       Op = schema.OpLog
	Neg       Op = schema.OpNeg
	Round     Op = schema.OpRound // halves to even
	Rsqrt     Op = schema.OpRsqrt // 1 / sqrt(x)
	Sin       Op = schema.OpSin
	Sqrt      Op = schema.OpSqrt
	Square    Op = schema.OpSquare
	Tanh      Op = schema.OpTanh
	Sign      Op = schema.OpSign
	Relu0To1  Op = schema.OpRelu0To1 // clamp to 0..1
)

// float lifts a function of float64 to float32.
func float(f func(x float64) float64) func(x float32) float32 {
	return func(x float32) float32 { return float32(f(float64(x))) }
}

var (
	absDefinition = definition{newest: 5, variants: append(
		elementwise(absCodes, float(math.Abs)), wideCodes(absCodes))}
	ceilDefinition      = definition{newest: 1, variants: onlyReals(float(math.Ceil))}
	cosDefinition       = definition{newest: 1, variants: onlyReals(float(math.Cos))}
	eluDefinition       = definition{newest: 1, variants: elementwise(tabled(elu), float(elu))}
	floorDefinition     = definition{newest: 2, variants: onlyReals(float(math.Floor))}
	hardSwishDefinition = definition{newest: 1, variants: elementwise(hardSwishCodes, hardSwish32)}
	logDefinition       = definition{newest: 2, variants: append(
		elementwise(tabled(math.Log), float(math.Log)), wideCurve(wideLog))}
	negDefinition   = definition{newest: 2, variants: onlyReals(float(neg))}
	roundDefinition = definition{newest: 1, variants: onlyReals(float(math.RoundToEven))}
	rsqrtDefinition = definition{newest: 3, variants: append(
		elementwise(rsqrtCodes, float(rsqrt)), wideCurve(wideRsqrt))}
	sinDefinition  = definition{newest: 1, variants: onlyReals(float(math.Sin))}
	sqrtDefinition = definition{newest: 2, variants: append(
		elementwise(sqrtCodes, float(math.Sqrt)), wideCodes(sqrtCodes))}
	squareDefinition   = definition{newest: 2, variants: onlyReals(float(square))}
	signDefinition     = definition{newest: 2, variants: onlyReals(sign)}
	relu0To1Definition = definition{newest: 1, variants: elementwise(reluCodes(0, 1), func(x float32) float32 {
		return min(max(x, 0), 1)
	})}
	tanhDefinition = definition{newest: 3, variants: append(
		elementwise(tabled(math.Tanh), float(math.Tanh)), wideSigmoid(true))}
)

func elu(x float64) float64 {
	if x < 0 {
		return math.Expm1(x)
	}
	return x
}

func hardSwish32(x float32) float32 { return float32(x*min(max(x+3, 0), 6)) / 6 }

func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func neg(x float64) float64 { return -x }

func rsqrt(x float64) float64 { return 1 / math.Sqrt(x) }

func square(x float64) float64 { return x * x }

// tabled makes the table of a function whose results are rounded to the nearest code.
func tabled(f func(x float64) float64) codeMap {
	return func(_ *checker, in, out tensor) func(code int32) int32 {
		inverse := float32(1 / out.Scale)
		return func(code int32) int32 {
			y := float32(f(float64(float32(in.Scale * float32(code-in.ZeroPoint)))))
			v := float32(float32(y*inverse) + float32(out.ZeroPoint))
			if !(v >= -128) { // so NaN, which no number that LiteRT takes gives
				return -128
			}
			return int32(math.RoundToEven(float64(min(v, 127))))
		}
	}
}

// sqrtCodes cuts fractions off, as TFLite's own kernel does.
func sqrtCodes(c *checker, in, out tensor) func(code int32) int32 {
	_, most := c.codesOf(out)
	return func(code int32) int32 {
		x := math.Sqrt(float64(float32(in.Scale * float32(max(code-in.ZeroPoint, 0)))))
		return min(int32(min(float32(float32(x)/out.Scale), 1<<17))+out.ZeroPoint, most)
	}
}

// wideLog gives the least code where there is no logarithm.
func wideLog(out tensor, x float32) float32 {
	if x <= 0 {
		return float32(math.MinInt16 * out.Scale)
	}
	return float32(math.Log(float64(x)))
}

// wideRsqrt gives the largest code where there is no root.
func wideRsqrt(out tensor, x float32) float32 {
	if x <= 0 {
		return float32(math.MaxInt16 * out.Scale)
	}
	return float32(1 / float32(math.Sqrt(float64(x))))
}

// absCodes scales distances from the zero point, as TFLite's own kernel does.
func absCodes(c *checker, in, out tensor) func(code int32) int32 {
	m, ok := kernels.NewMultiplier(float64(float32(in.Scale / out.Scale)))
	if !ok {
		c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
	}
	least, most := c.codesOf(out)
	return func(code int32) int32 {
		x := max(code-in.ZeroPoint, in.ZeroPoint-code)
		return min(max(m.ApplySum(x)+out.ZeroPoint, least), most)
	}
}

// rsqrtCodes computes in fixed point with 20 fractional bits, as TFLite's own kernel does. That refuses to run on
// numbers below 0; here they give the largest code, as 0 does.
func rsqrtCodes(c *checker, in, out tensor) func(code int32) int32 {
	const fraction = 20
	scale := float32(1 / float32(float32(math.Sqrt(float64(in.Scale)))*out.Scale))
	m, ok := kernels.NewMultiplier(float64(scale) / (1 << fraction))
	if !ok {
		c.fail("input scale %v is too small for output scale %v", in.Scale, out.Scale)
	}
	return func(code int32) int32 {
		x := code - in.ZeroPoint
		if x <= 0 {
			return 127
		}
		y := int32(math.Round((1 << fraction) / math.Sqrt(float64(x))))
		return min(max(m.ApplySum(y)+out.ZeroPoint, -128), 127)
	}
}

// hardSwishCodes computes in fixed point of 16 bits, as TFLite's own kernel does.
func hardSwishCodes(c *checker, in, out tensor) func(code int32) int32 {
	h, ok := kernels.NewHardSwish(in.Code, out.Code)
	if !ok {
		c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
	}
	return h.Code
}
