package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"unsafe"
)

// oddCodes gives n codes, as many extreme as not.
func oddCodes(r *rand.Rand, n int) []int8 {
	v := make([]int8, n)
	for i := range v {
		v[i] = int8(r.IntN(256) - 128)
		if r.IntN(4) == 0 {
			v[i] = []int8{-128, 127}[r.IntN(2)]
		}
	}
	return v
}

// oddReals gives n numbers, among which some are no numbers, or infinite.
func oddReals(r *rand.Rand, n int) []float32 {
	v := reals(r, n)
	for i := range v {
		if r.IntN(16) == 0 {
			v[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, 1e30}[r.IntN(5)]
		}
	}
	return v
}

// TestElements compares all families' routines for elements with plain Go, of memory that ends where none may be
// touched.
func TestElements(t *testing.T) {
	for _, im := range Impls() {
		if im.Missing == "" && im != Generic {
			t.Run(im.Name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(9, 21))
				for i := range 100 {
					t.Run(strconv.Itoa(i), func(t *testing.T) { // whose end gives guarded memory back
						pools(t, r, im)
						reductions(t, r, im)
						pairsOf(t, r, im)
						singles(t, r, im)
					})
				}
			})
		}
	}
}

// both runs two kernels, of a family and the generic one, on the same input and compares what they give.
func both[Out, In int8 | float32](t *testing.T, what any, n int, in [][]In, run [2]func(out []Out, in [][]In)) {
	t.Helper()
	var outs [2][]Out
	for i := range run {
		outs[i] = guard(t, make([]Out, n))
		var inputs [][]In
		for _, v := range in {
			inputs = append(inputs, guard(t, v))
		}
		run[i](outs[i], inputs)
	}
	for i, v := range outs[0] {
		w := outs[1][i]
		if v != w && !(math.IsNaN(float64(v)) && math.IsNaN(float64(w))) {
			t.Fatalf("%+v: output %d is %v, expected %v", what, i, v, w)
		}
	}
}

func pools(t *testing.T, r *rand.Rand, im *Impl) {
	t.Helper()
	g := Sliding{In: Image{1 + r.IntN(2), 1 + r.IntN(7), 1 + r.IntN(9), 1 + r.IntN(40)}}
	g.Window = Window{
		H: 1 + r.IntN(g.In.H), W: 1 + r.IntN(g.In.W), StrideH: 1 + r.IntN(3), StrideW: 1 + r.IntN(3),
		DilationH: 1, DilationW: 1,
	}
	if r.IntN(2) == 0 {
		g.PadTop, g.PadLeft = r.IntN(g.H), r.IntN(g.W)
	}
	g.Out = Image{
		g.In.Batch, (g.In.H+g.PadTop-g.H)/g.StrideH + 1, (g.In.W+g.PadLeft-g.W)/g.StrideW + 1, g.In.C,
	}
	if g.PadTop > 0 && (g.Out.H-1)*g.StrideH+g.StrideH-g.PadTop < g.In.H {
		g.Out.H++ // the last window hangs over
	}
	limits := []PoolLimits{{-128, 127}, {-3, 50}}[r.IntN(2)]
	in, n := oddCodes(r, g.In.Batch*g.In.elements()), g.Out.Batch*g.Out.elements()
	unsigned := r.IntN(2) == 0
	both(t, g, n, [][]int8{in}, [2]func(out []int8, in [][]int8){
		func(out []int8, in [][]int8) { NewAveragePool(im, g, limits, unsigned).Run(out, in[0]) },
		func(out []int8, in [][]int8) { NewAveragePool(Generic, g, limits, unsigned).Run(out, in[0]) },
	})
	both(t, g, n, [][]int8{in}, [2]func(out []int8, in [][]int8){
		func(out []int8, in [][]int8) { NewMaxPool(im, g, limits).Run(out, in[0]) },
		func(out []int8, in [][]int8) { NewMaxPool(Generic, g, limits).Run(out, in[0]) },
	})
	numbers := [][]float32{oddReals(r, len(in))}
	both(t, g, n, numbers, [2]func(out []float32, in [][]float32){
		func(out []float32, in [][]float32) { NewFloatAveragePool(im, g, -1, 3).Run(out, in[0]) },
		func(out []float32, in [][]float32) { NewFloatAveragePool(Generic, g, -1, 3).Run(out, in[0]) },
	})
	both(t, g, n, numbers, [2]func(out []float32, in [][]float32){
		func(out []float32, in [][]float32) { NewFloatMaxPool(im, g, -1, 3).Run(out, in[0]) },
		func(out []float32, in [][]float32) { NewFloatMaxPool(Generic, g, -1, 3).Run(out, in[0]) },
	})
}

func reductions(t *testing.T, r *rand.Rand, im *Impl) {
	t.Helper()
	shape := []int{1 + r.IntN(3), 1 + r.IntN(60), 1 + r.IntN(40)}
	reduced := []bool{r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0}
	n, outputs := shape[0]*shape[1]*shape[2], 1
	for i, along := range reduced {
		if !along {
			outputs *= shape[i]
		}
	}
	m := Mean{Factor: r.Float32(), ZeroIn: 7, ZeroOut: -3}
	what := []any{shape, reduced}
	both(t, what, outputs, [][]int8{oddCodes(r, n)}, [2]func(out []int8, in [][]int8){
		func(out []int8, in [][]int8) { NewMean(im, m, shape, reduced).Run(out, in[0]) },
		func(out []int8, in [][]int8) { NewMean(Generic, m, shape, reduced).Run(out, in[0]) },
	})
	most := Reduction[int8]{Join: func(a, b int8) int8 { return max(a, b) }, First: -128, Known: Largest}
	both(t, what, outputs, [][]int8{oddCodes(r, n)}, [2]func(out []int8, in [][]int8){
		func(out []int8, in [][]int8) { NewReduce(im, most, shape, reduced).Run(out, in[0]) },
		func(out []int8, in [][]int8) { NewReduce(Generic, most, shape, reduced).Run(out, in[0]) },
	})
	largest := Reduction[float32]{
		Join: func(a, b float32) float32 { return max(a, b) }, First: float32(math.Inf(-1)), Known: Largest,
	}
	both(t, what, outputs, [][]float32{oddReals(r, n)}, [2]func(out []float32, in [][]float32){
		func(out []float32, in [][]float32) { NewReduce(im, largest, shape, reduced).Run(out, in[0]) },
		func(out []float32, in [][]float32) { NewReduce(Generic, largest, shape, reduced).Run(out, in[0]) },
	})
	// Whole numbers, whose sums are exact in any order.
	whole := make([]float32, n)
	for i := range whole {
		whole[i] = float32(r.IntN(1000))
	}
	total := Reduction[float32]{Join: func(a, b float32) float32 { return a + b }, Known: Total}
	both(t, what, outputs, [][]float32{whole}, [2]func(out []float32, in [][]float32){
		func(out []float32, in [][]float32) { NewReduce(im, total, shape, reduced).Run(out, in[0]) },
		func(out []float32, in [][]float32) { NewReduce(Generic, total, shape, reduced).Run(out, in[0]) },
	})
}

// broadcasting gives two shapes that broadcast to a third.
func broadcasting(r *rand.Rand) (shapes [3][]int) {
	for range 1 + r.IntN(4) {
		n := []int{1, 2, 3, 8, 17, 40}[r.IntN(6)]
		dims := [][3]int{{n, n, n}, {n, n, n}, {1, n, n}, {n, 1, n}}[r.IntN(4)]
		for i := range shapes {
			shapes[i] = append(shapes[i], dims[i])
		}
	}
	if r.IntN(3) == 0 { // as a vector for each channel
		last := len(shapes[1]) - 1
		shapes[1] = shapes[1][last:]
		copy(shapes[2][:last], shapes[0])
	}
	return shapes
}

func elementsOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func pairsOf(t *testing.T, r *rand.Rand, im *Impl) {
	t.Helper()
	shapes := broadcasting(r)
	var n [3]int
	for i, s := range shapes {
		n[i] = elementsOf(s)
	}
	code := func() Code { return Code{float32(math.Exp(4*r.Float64() - 2)), int32(r.IntN(256) - 128)} }
	a, b, out := code(), code(), code()
	lo := int32(r.IntN(100) - 128)
	add, ok := NewAddArithmetic(a, b, out, []Sign{Plus, Minus}[r.IntN(2)])
	if !ok {
		t.Fatal("the scales are too far apart")
	}
	add.Min, add.Max = lo, 100
	inputs := [][]int8{oddCodes(r, n[0]), oddCodes(r, n[1])}
	both(t, shapes, n[2], inputs, [2]func(out []int8, in [][]int8){
		func(y []int8, in [][]int8) { NewAdd(im, add, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1]) },
		func(y []int8, in [][]int8) {
			NewAdd(Generic, add, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1])
		},
	})
	mul := func(im *Impl) *Mul {
		k, ok := NewMul(a, b, Code{out.Scale * 10, out.ZeroPoint}, false)
		if !ok {
			t.Fatal("the scales are too far apart")
		}
		k.Min, k.Max = lo, 100
		k.Walk(im, shapes[0], shapes[1], shapes[2])
		return k
	}
	both(t, shapes, n[2], inputs, [2]func(out []int8, in [][]int8){
		func(y []int8, in [][]int8) { mul(im).Run(y, in[0], in[1]) },
		func(y []int8, in [][]int8) { mul(Generic).Run(y, in[0], in[1]) },
	})
	for _, least := range []bool{false, true} {
		both(t, shapes, n[2], inputs, [2]func(out []int8, in [][]int8){
			func(y []int8, in [][]int8) {
				NewExtreme(im, least, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1])
			},
			func(y []int8, in [][]int8) {
				NewExtreme(Generic, least, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1])
			},
		})
	}
	numbers := [][]float32{oddReals(r, n[0]), oddReals(r, n[1])}
	inf := float32(math.Inf(1))
	for _, how := range []RealJoin{
		{func(a, b float32) float32 { return a + b }, Addition, -1, 2},
		{func(a, b float32) float32 { return a - b }, Subtraction, 0, 6},
		{func(a, b float32) float32 { return a * b }, Multiplication, -inf, inf},
		{func(a, b float32) float32 { return a / b }, Division, -inf, inf},
		{func(a, b float32) float32 { return min(a, b) }, Lesser, -inf, inf},
		{func(a, b float32) float32 { return max(a, b) }, Greater, -inf, inf},
		{func(a, b float32) float32 { return float32((a - b) * (a - b)) }, DifferenceSquared, -inf, inf},
	} {
		both(t, shapes, n[2], numbers, [2]func(out []float32, in [][]float32){
			func(y []float32, in [][]float32) {
				NewJoinedReals(im, how, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1])
			},
			func(y []float32, in [][]float32) {
				NewJoinedReals(Generic, how, shapes[0], shapes[1], shapes[2]).Run(y, in[0], in[1])
			},
		})
	}
}

func singles(t *testing.T, r *rand.Rand, im *Impl) {
	t.Helper()
	n := 1 + r.IntN(70)
	code := Code{r.Float32() + 0.01, int32(r.IntN(256) - 128)}
	both(t, n, n, [][]float32{oddReals(r, n)}, [2]func(out []int8, in [][]float32){
		func(y []int8, in [][]float32) {
			(&Quantize[int8]{Code: code, Min: -128, Max: 127}).Native(im).Run(y, in[0])
		},
		func(y []int8, in [][]float32) { (&Quantize[int8]{Code: code, Min: -128, Max: 127}).Run(y, in[0]) },
	})
	both(t, n, n, [][]int8{oddCodes(r, n)}, [2]func(out []float32, in [][]int8){
		func(y []float32, in [][]int8) { NewDequantize[int8](im, code).Run(y, in[0]) },
		func(y []float32, in [][]int8) { NewDequantize[int8](Generic, code).Run(y, in[0]) },
	})
	functionsOf(t, r, im, n)
	lookups(t, r, im)
	k := &Requantize[int8, int8]{In: code, Out: Code{0.4, -7}, Min: -128, Max: 127, Vector: 16}
	k.Factor, _ = NewMultiplier(float64(code.Scale) / 0.4)
	in := oddCodes(r, n)
	plain, tabled := make([]int8, n), make([]int8, n)
	k.Run(plain, in)
	k.Tabulate().Run(tabled, in)
	if !slices.Equal(plain, tabled) {
		t.Fatalf("tables give %v, arithmetic %v", tabled, plain)
	}
}

// lookups compares tables of codes, and long rows of SOFTMAX, which are looked up.
func lookups(t *testing.T, r *rand.Rand, im *Impl) {
	t.Helper()
	n := 1 + r.IntN(300)
	table := oddCodes(r, 256)
	f := func(code int32) int32 { return int32(table[code+128]) }
	in := oddCodes(r, n)
	got, want, from := guard(t, make([]int8, n)), make([]int8, n), guard(t, in)
	NewLookup(im, -128, f).Run(bytesOf(got), bytesOf(from))
	for i, v := range in {
		want[i] = table[int(v)+128]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("of %v a table makes %v, expected %v", in, got, want)
	}
	depth := longRow + r.IntN(200)
	scale := 0.01 + r.Float32()/5
	both(t, depth, 2*depth, [][]int8{oddCodes(r, 2*depth)}, [2]func(out []int8, in [][]int8){
		func(y []int8, in [][]int8) { NewSoftmax(im, scale, 1, Code{1.0 / 256, -128}, depth).Run(y, in[0]) },
		func(y []int8, in [][]int8) {
			s := NewSoftmax(Generic, scale, 1, Code{1.0 / 256, -128}, depth)
			s.codes = nil // as short rows are computed
			s.Run(y, in[0])
		},
	})
}

func bytesOf(codes []int8) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(codes))), len(codes))
}

// functionsOf compares functions of numbers, those with exponentials within what these are off.
func functionsOf(t *testing.T, r *rand.Rand, im *Impl, n int) {
	t.Helper()
	in := oddReals(r, n)
	for i := range in {
		in[i] *= 20
	}
	lift := func(f func(x float64) float64) func(float32) float32 {
		return func(x float32) float32 { return float32(f(float64(x))) }
	}
	for _, f := range []struct {
		Function
		tolerance float64
	}{
		{Function{Of: func(x float32) float32 { return min(max(x, -1), 6) }, Known: Clamping, Low: -1, High: 6}, 0},
		{Function{Of: func(x float32) float32 {
			if x < 0 {
				return x * 0.25
			}
			return x
		}, Known: Leaking, Factor: 0.25}, 0},
		{Function{Of: lift(math.Abs), Known: Magnitude}, 0},
		{Function{Of: func(x float32) float32 { return -x }, Known: Negation}, 0},
		{Function{Of: func(x float32) float32 { return x * x }, Known: Squaring}, 0},
		{Function{Of: lift(math.Sqrt), Known: Rooting}, 0},
		{Function{Of: lift(func(x float64) float64 { return math.Exp(min(max(x, -87), 87)) }), Known: Exponential}, 3e-7},
		{Function{Of: lift(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }), Known: Logistic}, 3e-7},
		{Function{Of: lift(math.Tanh), Known: Tanh}, 3e-7},
		{Function{Of: lift(func(x float64) float64 {
			if x < 0 {
				return math.Expm1(x)
			}
			return x
		}), Known: Elu}, 3e-7},
		{Function{Of: lift(math.Floor), Known: Floor}, 0},
		{Function{Of: lift(func(x float64) float64 { return 1 / math.Sqrt(x) }), Known: RootOver1}, 3e-7},
		{Function{Of: lift(func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 }), Known: HardSwished}, 3e-7},
	} {
		out := guard(t, make([]float32, n))
		NewMapped(im, f.Function).Run(out, guard(t, in))
		for i, got := range out {
			want := f.Of(in[i])
			if got == want || math.IsNaN(float64(got)) && math.IsNaN(float64(want)) {
				continue
			}
			if d := math.Abs(float64(got) - float64(want)); !(d <= f.tolerance*max(1, math.Abs(float64(want)))) {
				t.Fatalf("function %d of %v is %v, expected %v", f.Known, in[i], got, want)
			}
		}
	}
}
