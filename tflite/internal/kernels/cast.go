package kernels

// Cast changes the type of numbers, cutting fractions off.
type Cast[Out, In int32 | int64 | float32] struct{}

// Run maps in to out. What is beyond the output's type becomes its limit.
func (Cast[Out, In]) Run(out []Out, in []In) {
	in = in[:len(out)]
	for i, v := range in {
		out[i] = castOne[Out](v)
	}
}

func castOne[Out, In int32 | int64 | float32](v In) Out {
	if x, ok := any(v).(float32); ok {
		var zero Out
		if _, ok := any(zero).(float32); !ok {
			const limit = 1 << 31
			switch {
			case x != x:
				return 0
			case x >= limit:
				top := int64(limit - 1)
				return Out(top)
			case x <= -limit:
				bottom := int64(-limit)
				return Out(bottom)
			}
		}
	}
	return Out(v)
}
