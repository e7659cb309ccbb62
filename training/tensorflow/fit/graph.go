package fit

import (
	"fmt"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
	"github.com/tensorflow/tensorflow/tensorflow/go/op"

	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/tensorflow/tensor"
)

// variable is a trained array.
type variable struct {
	handle, read tf.Output
	value        []float32 // in the checkpoint, in nn's layout
	shape        []int64   // in TensorFlow
	toTF, fromTF func([]float32) []float32
}

// norm is a batch normalisation's statistics.
type norm struct {
	mean, variance tf.Output // of the batch
	state          network.State
}

// latent is a layer that draws, where there is one.
type latent struct {
	shape network.Shape
	noise tf.Output // [batch, H, W, C]
	kl    tf.Output // the batch's mean divergence
}

// adamInputs are the inputs of Adam that change from step to step.
type adamInputs struct {
	rate, beta1Pow, beta2Pow, epsilon tf.Output
}

// graph is a training step.
type graph struct {
	scope      *op.Scope
	err        error
	x          tf.Output
	conditions tf.Output // of operation, where there are such: [batch, conditions]
	latent     latent
	loss       tf.Output // what is reported
	steer      tf.Output // what is made small
	adam       adamInputs
	variables  []*variable
	norms      []norm
	inits      []*tf.Operation
	train      []*tf.Operation
}

// build makes the graph of a checkpoint's layers, its loss, gradients and step.
func build(states []network.State, temperature float64) (*graph, error) {
	g := &graph{scope: op.NewScope()}
	in := states[0].Spec.In
	g.x = op.Placeholder(g.scope.SubScope("x"), tf.Float,
		op.PlaceholderShape(tf.MakeShape(-1, int64(in.H), int64(in.W), int64(in.C))))
	h := g.x
	for i, s := range states {
		h = g.layer(g.scope.SubScope(fmt.Sprintf("layer%d", i)), h, s)
		if g.err != nil {
			return nil, fmt.Errorf("layer %d (%v): %w", i, s.Spec.Kind, g.err)
		}
	}
	sc := g.scope.SubScope("loss")
	if temperature > 0 {
		last := states[len(states)-1].Spec.Out
		g.loss = tellApart(sc, shaped(sc.SubScope("rows"), h, int32(last.Size())), temperature)
		g.steer = g.loss
		g.minimise()
		return g, g.scope.Err()
	}
	g.loss = op.Mean(sc, op.SquaredDifference(sc, h, g.x), op.Const(sc.SubScope("axes"), []int32{0, 1, 2, 3}))
	g.steer = g.loss
	if g.latent.shape.C > 0 {
		// As in nn: mse*exp(2*divergence/D) is reported, and made small along the gradient of
		// mse + 2*mse/D*divergence with the factor held.
		share := op.Mul(sc.SubScope("share"), g.latent.kl,
			op.Const(sc.SubScope("two_by_size"), float32(2/float64(in.Size()))))
		g.steer = op.Add(sc.SubScope("bound"), g.loss, op.Mul(sc.SubScope("pressure"), op.StopGradient(sc, g.loss), share))
		g.loss = op.Mul(sc.SubScope("reported"), g.loss, op.Exp(sc.SubScope("exp"), share))
	}
	g.minimise()
	return g, g.scope.Err()
}

// shaped reshapes to a batch of rows of the given shape.
func shaped(sc *op.Scope, x tf.Output, dims ...int32) tf.Output {
	return op.Reshape(sc, x, op.Const(sc.SubScope("to"), append([]int32{-1}, dims...)))
}

func (g *graph) layer(sc *op.Scope, x tf.Output, state network.State) tf.Output {
	s := state.Spec
	stride := []int64{1, int64(s.Stride), int64(s.Stride), 1}
	kernel := int64(s.Kernel)
	in, out := int64(s.In.C), int64(s.Out.C)
	var y tf.Output
	switch s.Kind {
	case network.Dense:
		w := g.variable(sc.SubScope("w"), state.W, []int64{in, out})
		y = op.MatMul(sc, shaped(sc.SubScope("flat"), x, int32(in)), w)
		y = shaped(sc.SubScope("rows"), y, 1, 1, int32(out))
	case network.Conv2D:
		w := g.variable(sc.SubScope("w"), state.W, []int64{kernel, kernel, in, out})
		y = op.Conv2D(sc, x, w, stride, "SAME")
	case network.DepthwiseConv2D:
		w := g.variable(sc.SubScope("w"), state.W, []int64{kernel, kernel, in, 1})
		y = op.DepthwiseConv2dNative(sc, x, w, stride, "SAME")
	case network.ConvTranspose2D:
		// nn has [in, row, column, out]; the gradient of a convolution that goes the
		// other way wants [row, column, out, in].
		v := g.newVariable(sc.SubScope("w"), state.W, []int64{kernel, kernel, out, in})
		v.toTF = func(a []float32) []float32 { return transposed(a, int(in), int(kernel*kernel*out)) }
		v.fromTF = func(a []float32) []float32 { return transposed(a, int(kernel*kernel*out), int(in)) }
		w := g.place(sc.SubScope("w"), v)
		batch := op.Slice(sc.SubScope("batch"), op.Shape(sc.SubScope("shape"), x),
			op.Const(sc.SubScope("from"), []int32{0}), op.Const(sc.SubScope("one"), []int32{1}))
		rest := op.Const(sc.SubScope("rest"), []int32{int32(s.Out.H), int32(s.Out.W), int32(s.Out.C)})
		size := op.ConcatV2(sc.SubScope("size"), []tf.Output{batch, rest}, op.Const(sc.SubScope("axis"), int32(0)))
		y = op.Conv2DBackpropInput(sc, size, w, x, stride, "SAME")
	case network.BatchNorm:
		gamma := g.variable(sc.SubScope("gamma"), state.Gamma, []int64{in})
		beta := g.variable(sc.SubScope("beta"), state.Beta, []int64{in})
		none := op.Const(sc.SubScope("none"), []float32{})
		var mean, variance tf.Output
		y, mean, variance, _, _, _ = op.FusedBatchNormV3(sc, x, gamma, beta, none, none,
			op.FusedBatchNormV3IsTraining(true), op.FusedBatchNormV3Epsilon(network.NormEpsilon))
		g.norms = append(g.norms, norm{mean, variance, state})
		return y
	case network.Sample:
		return g.sample(sc, x, s)
	case network.Condition:
		if g.conditions.Op == nil {
			g.conditions = op.Placeholder(g.scope.SubScope("conditions"), tf.Float,
				op.PlaceholderShape(tf.MakeShape(-1, int64(s.Conditions))))
		}
		w := g.variable(sc.SubScope("w"), state.W, []int64{int64(s.Conditions), int64(s.Out.Size())})
		by := shaped(sc.SubScope("rows"), op.MatMul(sc, g.conditions, w), int32(s.Out.H), int32(s.Out.W), int32(s.Out.C))
		return op.Add(sc.SubScope("sum"), x, by)
	case network.MeanPool:
		y = op.Mean(sc, x, op.Const(sc.SubScope("axes"), []int32{1, 2}))
		return shaped(sc.SubScope("rows"), y, 1, 1, int32(out))
	case network.Reshape:
		return shaped(sc, x, int32(s.Out.H), int32(s.Out.W), int32(s.Out.C))
	case network.ReLU:
		return op.Relu(sc, x)
	case network.Sigmoid:
		return op.Sigmoid(sc, x)
	default:
		g.err = fmt.Errorf("has no counterpart here: train with the engine go")
		return x
	}
	if state.Bias != nil {
		y = op.BiasAdd(sc.SubScope("offset"), y, g.variable(sc.SubScope("b"), state.Bias, []int64{out}))
	}
	return y
}

// tellApart returns nn's NT-Xent of rows, of which the second half shows what the first
// does.
func tellApart(sc *op.Scope, rows tf.Output, temperature float64) tf.Output {
	constant := func(name string, v any) tf.Output { return op.Const(sc.SubScope(name), v) }
	squares := op.Sum(sc.SubScope("squares"), op.Square(sc, rows), constant("axis", []int32{1}), op.SumKeepDims(true))
	length := op.Maximum(sc.SubScope("length"), op.Sqrt(sc, squares), constant("least", float32(1e-12)))
	unit := op.Div(sc.SubScope("unit"), rows, length)
	like := op.MatMul(sc.SubScope("like"), unit, unit, op.MatMulTransposeB(true))
	like = op.Mul(sc.SubScope("scaled"), like, constant("by_temperature", float32(1/temperature)))
	count := op.Slice(sc.SubScope("count"), op.Shape(sc.SubScope("shape"), like), constant("from", []int32{0}),
		constant("one", []int32{1}))
	number := op.Squeeze(sc.SubScope("number"), count)
	itself := op.Fill(sc.SubScope("itself"), count, constant("never", float32(-1e9)))
	logits := op.Add(sc.SubScope("logits"), like, op.Diag(sc, itself))
	half := op.FloorDiv(sc.SubScope("half"), number, constant("two", int32(2)))
	each := op.Range(sc.SubScope("each"), constant("start", int32(0)), number, constant("step", int32(1)))
	wanted := op.FloorMod(sc.SubScope("wanted"), op.Add(sc.SubScope("across"), each, half), number)
	labels := op.OneHot(sc.SubScope("labels"), wanted, number, constant("on", float32(1)), constant("off", float32(0)))
	losses, _ := op.SoftmaxCrossEntropyWithLogits(sc.SubScope("entropy"), logits, labels)
	return op.Mean(sc.SubScope("mean"), losses, constant("axes", []int32{0}))
}

// sample draws latent values with the noise that is fed, and finds their divergence.
func (g *graph) sample(sc *op.Scope, x tf.Output, s network.Spec) tf.Output {
	g.latent.shape = s.Out
	c := int32(s.Out.C)
	half := func(name string, from int32) tf.Output {
		at := sc.SubScope(name)
		return op.Slice(at, x, op.Const(at.SubScope("from"), []int32{0, 0, 0, from}),
			op.Const(at.SubScope("size"), []int32{-1, -1, -1, c}))
	}
	constant := func(name string, v float32) tf.Output { return op.Const(sc.SubScope(name), v) }
	mean, logvar := half("mean", 0), half("logvar", c)
	logvar = op.Minimum(sc.SubScope("below"), op.Maximum(sc.SubScope("above"), logvar,
		constant("least", -network.MaxLogVar)),
		constant("most", network.MaxLogVar))
	moments := op.Add(sc.SubScope("sum"), op.Square(sc, mean), op.Exp(sc.SubScope("variance"), logvar))
	parts := op.Sub(sc.SubScope("less"), moments, logvar)
	parts = op.Mul(sc.SubScope("halves"), op.Sub(sc.SubScope("less_one"), parts, constant("one", 1)),
		constant("half", 0.5))
	each := op.Sum(sc.SubScope("each"), parts, op.Const(sc.SubScope("axes"), []int32{1, 2, 3}))
	g.latent.kl = op.Mean(sc.SubScope("divergence"), each, op.Const(sc.SubScope("batch"), []int32{0}))
	g.latent.noise = op.Placeholder(g.scope.SubScope("noise"), tf.Float,
		op.PlaceholderShape(tf.MakeShape(-1, int64(s.Out.H), int64(s.Out.W), int64(s.Out.C))))
	deviation := op.Exp(sc.SubScope("deviation"), op.Mul(sc.SubScope("by_two"), logvar, constant("half_of", 0.5)))
	return op.Add(sc.SubScope("drawn"), mean, op.Mul(sc.SubScope("apart"), deviation, g.latent.noise))
}

func (g *graph) newVariable(sc *op.Scope, value []float32, shape []int64) *variable {
	same := func(a []float32) []float32 { return a }
	v := &variable{value: value, shape: shape, toTF: same, fromTF: same}
	v.handle = op.VarHandleOp(sc, tf.Float, tf.MakeShape(shape...),
		op.VarHandleOpSharedName(fmt.Sprintf("weights%d", len(g.variables))))
	return v
}

// place puts a variable with its value into the graph and returns what it reads.
func (g *graph) place(sc *op.Scope, v *variable) tf.Output {
	t, err := tensor.New(v.toTF(v.value), v.shape)
	if err != nil {
		g.err = err
		return v.handle
	}
	g.inits = append(g.inits, op.AssignVariableOp(sc.SubScope("assign"), v.handle, op.Const(sc.SubScope("initial"), t)))
	v.read = op.ReadVariableOp(sc.SubScope("read"), v.handle, tf.Float)
	g.variables = append(g.variables, v)
	return v.read
}

func (g *graph) variable(sc *op.Scope, value []float32, shape []int64) tf.Output {
	return g.place(sc, g.newVariable(sc, value, shape))
}

// minimise adds the gradients and Adam's step.
func (g *graph) minimise() {
	reads := make([]tf.Output, len(g.variables))
	for i, v := range g.variables {
		reads[i] = v.read
	}
	gradients := op.Gradients(g.scope.SubScope("gradients"), []tf.Output{g.steer}, reads)
	if len(gradients) != len(reads) {
		g.err = fmt.Errorf("there are %d gradients for %d variables", len(gradients), len(reads))
		return
	}
	scalar := func(name string) tf.Output {
		return op.Placeholder(g.scope.SubScope(name), tf.Float, op.PlaceholderShape(tf.ScalarShape()))
	}
	g.adam = adamInputs{
		rate: scalar("rate"), beta1Pow: scalar("beta1_power"), beta2Pow: scalar("beta2_power"), epsilon: scalar("epsilon"),
	}
	constant := func(name string, v float32) tf.Output { return op.Const(g.scope.SubScope(name), v) }
	beta1, beta2 := constant("beta1", network.AdamBeta1), constant("beta2", network.AdamBeta2)
	for i, v := range g.variables {
		sc := g.scope.SubScope(fmt.Sprintf("adam%d", i))
		var moments [2]tf.Output
		for k, name := range []string{"m", "v"} {
			m := sc.SubScope(name)
			moments[k] = op.VarHandleOp(m, tf.Float, tf.MakeShape(v.shape...),
				op.VarHandleOpSharedName(fmt.Sprintf("adam_%s%d", name, i)))
			zeros, err := tensor.New(make([]float32, len(v.value)), v.shape)
			if err != nil {
				g.err = err
				return
			}
			g.inits = append(g.inits, op.AssignVariableOp(m.SubScope("assign"), moments[k],
				op.Const(m.SubScope("zeros"), zeros)))
		}
		g.train = append(g.train,
			op.ResourceApplyAdam(sc, v.handle, moments[0], moments[1], g.adam.beta1Pow, g.adam.beta2Pow, g.adam.rate,
				beta1, beta2, g.adam.epsilon, gradients[i]))
	}
}

// transposed returns the transpose of a matrix of rows by columns.
func transposed(a []float32, rows, columns int) []float32 {
	out := make([]float32, len(a))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = a[r*columns+c]
		}
	}
	return out
}
