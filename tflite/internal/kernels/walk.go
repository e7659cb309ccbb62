package kernels

import "unsafe"

// elementArgs is what the assembly of routines for elements reads; its layout is part of the routines.
type elementArgs struct {
	out    unsafe.Pointer // 0
	a      unsafe.Pointer // 8
	b      unsafe.Pointer // 16
	n      int            // 24: elements, a positive multiple of the routine's
	high   [2]int16       // 32: AddArithmetic's factors of a and b, shifted right by 15
	low    [2]int16       // 36: what that leaves of them
	bias   int32          // 40
	shift  int32          // 44
	zero   int32          // 48: zero point of the output
	min    int32          // 52: codes of the output
	max    int32          // 56
	factor float32        // 60
	zeroA  int32          // 64: zero points of the inputs
	zeroB  int32          // 68
	lo     float32        // 72: limits of numbers
	hi     float32        // 76
}

// elementUnit is how many elements routines for elements compute at once.
const elementUnit = 16

// repeatTo is how long an operand is made that repeats itself.
const repeatTo = 512

// PairBytes is the most memory that Add, Mul, Extreme and JoinedReals take for a walk, besides themselves.
const PairBytes = 4 * repeatTo

// periods joins two tensors that broadcast to a third in long runs, in which each input follows the output, or repeats
// what it has.
type periods[T int8 | float32] struct {
	pairs
	length           int // of a run
	periodA, periodB int // 0 where an input follows the output
	repeated         []T // scratch where one input does, and the other does not
	join[T]
}

// join is a function of two elements, for as many of them as out has.
type join[T int8 | float32] struct {
	routine func(*elementArgs) // of whole units; nil where plain computes everything
	args    elementArgs
	plain   func(out, a, b []T) // the rest
}

// run joins one run.
func (j *join[T]) run(out, a, b []T) {
	done := units(&j.args, j.routine, out, a, b)
	j.plain(out[done:], a[done:], b[done:])
}

// newPeriods plans how to walk inputs of shapes a and b, which broadcast to out.
func newPeriods[T int8 | float32](a, b, out []int, how join[T]) *periods[T] {
	p := &periods[T]{pairs: newPairs(a, b, out), join: how}
	p.length, p.periodA, p.periodB = p.n, 1-p.strideA, 1-p.strideB
	if last := len(p.outer) - 1; last >= 0 && p.periodA+p.periodB == 0 {
		d := p.outer[last]
		p.length *= d.n
		if d.strideA == 0 {
			p.periodA = p.n
		} else {
			p.periodB = p.n
		}
		p.outer, p.index = p.outer[:last], p.index[:last]
	}
	if (p.periodA > 0) != (p.periodB > 0) {
		p.repeated = make([]T, repeatTo)
	}
	return p
}

// Run joins all elements of a and b.
func (p *periods[T]) Run(out, a, b []T) {
	p.start()
	for len(out) > 0 {
		dst, x, y := out[:p.length], a[p.offsetA:], b[p.offsetB:]
		switch {
		case p.periodA > 0 && p.periodB > 0: // a single element
			p.run(dst, x[:1], y[:1])
		case p.periodA > 0:
			p.repeating(dst, y, x[:p.periodA], true)
		case p.periodB > 0:
			p.repeating(dst, x, y[:p.periodB], false)
		default:
			p.run(dst, x[:p.length], y[:p.length])
		}
		out = out[p.length:]
		p.advance()
	}
}

// repeating joins a run of one input with what the other repeats; swapped says that the latter is the first.
func (p *periods[T]) repeating(out, follows, period []T, swapped bool) {
	if want := min(repeatTo, len(out)); 2*len(period) <= want {
		n := copy(p.repeated, period)
		for want = want / n * n; n < want; {
			n += copy(p.repeated[n:want], p.repeated[:n])
		}
		period = p.repeated[:n]
	}
	for len(out) > 0 {
		n := min(len(period), len(out))
		if swapped {
			p.run(out[:n], period[:n], follows[:n])
		} else {
			p.run(out[:n], follows[:n], period[:n])
		}
		out, follows = out[n:], follows[n:]
	}
}

// units has a routine join whole units and gives their number of elements.
func units[T int8 | uint8 | float32](args *elementArgs, routine func(*elementArgs), out, a, b []T) int {
	args.b = unsafe.Pointer(unsafe.SliceData(b))
	return mapUnits(args, routine, out, a[:len(out)])
}

// mapUnits has a routine map whole units and gives their number of elements.
func mapUnits[Out, In element](args *elementArgs, routine func(*elementArgs), out []Out, in []In) int {
	n := len(in) / elementUnit * elementUnit
	if routine == nil || n == 0 {
		return 0
	}
	args.out, args.a, args.n = unsafe.Pointer(&out[0]), unsafe.Pointer(&in[0]), n
	routine(args)
	return n
}
