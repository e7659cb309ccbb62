package tflite

import (
	"fmt"
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Recurrent layers, whose state is in tensors that the file marks as variable. They begin with zeros and keep their
// state from one inference to the next until Reset, as in LiteRT.
const (
	UnidirectionalSequenceLSTM Op = schema.OpUnidirectionalSequenceLSTM
	SVDF                       Op = schema.OpSVDF
)

var (
	sequenceLSTMDefinition = definition{
		newest:  4,
		options: coded(schema.OptionsUnidirectionalSequenceLSTM, readSequenceLSTM),
		cost:    lstmCost,
		untyped: prepareLSTM,
	}
	svdfDefinition = definition{
		newest:  4,
		options: coded(schema.OptionsSVDF, readSVDF),
		cost:    func(c *checker) int64 { return count(c.inShape(0))*int64(c.inShape(1)[0]) + count(c.inShape(4)) },
		untyped: prepareSVDF,
	}
)

// SequenceLSTMOptions belongs to UnidirectionalSequenceLSTM.
type SequenceLSTMOptions struct {
	Activation               Activation
	CellClip, ProjectionClip float32 // 0 is none
	TimeMajor                bool    // the first dimension is time, not the batch
}

func readSequenceLSTM(t flat.Table) (SequenceLSTMOptions, error) {
	return SequenceLSTMOptions{
		Activation:     Activation(t.Uint8("activation", schema.LSTMActivation, 0)),
		CellClip:       t.Float32("cell_clip", schema.LSTMCellClip),
		ProjectionClip: t.Float32("proj_clip", schema.LSTMProjectionClip),
		TimeMajor:      t.Bool("time_major", schema.LSTMTimeMajor),
	}, nil
}

func (p SequenceLSTMOptions) verify() error {
	if !(p.CellClip >= 0) || !(p.ProjectionClip >= 0) {
		return fmt.Errorf("clips %v and %v, must be 0 or more", p.CellClip, p.ProjectionClip)
	}
	return p.Activation.verify()
}

func (p SequenceLSTMOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.LSTMFields)
	w.b.PrependInt8Slot(schema.LSTMActivation, int8(p.Activation), 0)
	w.b.PrependFloat32Slot(schema.LSTMCellClip, p.CellClip, 0)
	w.b.PrependFloat32Slot(schema.LSTMProjectionClip, p.ProjectionClip, 0)
	w.b.PrependBoolSlot(schema.LSTMTimeMajor, p.TimeMajor, false)
	return w.b.EndObject()
}

// Inputs of UnidirectionalSequenceLSTM; each first of a group belongs to the input gate.
const (
	lstmWeights        = 1
	lstmRecurrent      = 5
	lstmPeephole       = 9 // without one for the cell
	lstmBias           = 12
	lstmProjection     = 16
	lstmProjectionBias = 17
	lstmOutputState    = 18
	lstmCellState      = 19
	lstmNormalisation  = 20
	lstmInputs         = 24
)

// has reports whether input j is there.
func (c *checker) has(j int) bool { return j < len(c.o.Inputs) && c.o.Inputs[j] >= 0 }

// lstmCost counts products.
func lstmCost(c *checker) int64 {
	in, weights, recurrent := c.inShape(0), count(c.inShape(lstmWeights+1)), count(c.inShape(lstmRecurrent+1))
	steps := count(in[:len(in)-1])
	products := satMul(4, weights+recurrent)
	if c.has(lstmProjection) {
		products += count(c.inShape(lstmProjection))
	}
	return satMul(steps, products)
}

func prepareLSTM(c *checker) step {
	p := c.o.Options.(SequenceLSTMOptions)
	if n := len(c.o.Inputs); n < lstmCellState+1 || n > lstmInputs || len(c.o.Outputs) != 1 {
		c.fail("%d inputs and %d outputs, needs 20 to 24 and 1", n, len(c.o.Outputs))
		return step{}
	}
	for _, j := range []int{0, lstmWeights + 1, lstmWeights + 2, lstmWeights + 3, lstmRecurrent + 1, lstmRecurrent + 2,
		lstmRecurrent + 3, lstmBias + 1, lstmBias + 2, lstmBias + 3, lstmOutputState, lstmCellState} {
		if !c.has(j) {
			c.fail("input %d is left out", j)
			return step{}
		}
	}
	for j := lstmNormalisation; j < lstmInputs; j++ {
		if c.has(j) {
			c.fail("input %d: layer normalisation within an LSTM is not supported", j)
		}
	}
	switch t := c.in(0); t.Type {
	case Int8:
		return prepareCodesLSTM(c, p)
	case Float32:
	default:
		c.fail("input 0 (%.40q) is %v: an LSTM runs in float32, also with weights of int8, and in int8", t.Name, t.Type)
	}
	in, out := c.realsIn(0), c.realsOut()
	l := &kernels.FloatLSTM{LSTM: c.lstmGeometry(p, in), CellClip: p.CellClip, ProjectionClip: p.ProjectionClip}
	if c.err != nil {
		return step{}
	}
	l.Activation = c.cellActivation(p.Activation)
	c.lstmWeights(l)
	want := slices.Clone(in.shape)
	want[len(want)-1] = l.Outputs
	c.wantShape(out.shape, want...)
	h := c.remembered(lstmOutputState, Float32, l.Batch*l.Outputs)
	cell := c.remembered(lstmCellState, Float32, l.Batch*l.Cells)
	if !c.afford(4 * 5 * int64(l.Cells)) {
		return step{}
	}
	for k := range l.Gate {
		l.Gate[k] = make([]float32, l.Cells)
	}
	l.Hidden = make([]float32, l.Cells)
	return step{bind: func(mem *memory) func() {
		y, x := view[float32](mem.tensors[out.index]), view[float32](mem.tensors[in.index])
		mem.interrupts(l)
		return func() { l.Run(y, x, view[float32](h.now), view[float32](cell.now)) }
	}}
}

// lstmGeometry checks the input's shape and reads all others from the weights of the forget gate.
func (c *checker) lstmGeometry(p SequenceLSTMOptions, in tensor) (l kernels.LSTM) {
	if c.err != nil {
		return l
	}
	weights, recurrent := c.inShape(lstmWeights+1), c.inShape(lstmRecurrent+1)
	if len(in.shape) != 3 && len(in.shape) != 2 || len(weights) != 2 || len(recurrent) != 2 ||
		count(weights) == 0 || count(recurrent) == 0 || weights[1] != in.shape[len(in.shape)-1] ||
		weights[0] != recurrent[0] {
		c.fail("input 0 has shape %v, the weights %v and %v", in.shape, weights, recurrent)
		return l
	}
	l = kernels.LSTM{
		Inputs: weights[1], Cells: weights[0], Outputs: recurrent[1], TimeMajor: p.TimeMajor, Coupled: !c.has(lstmWeights),
	}
	switch {
	case len(in.shape) == 2:
		l.Steps, l.Batch, l.TimeMajor = in.shape[0], 1, true
	case p.TimeMajor:
		l.Steps, l.Batch = in.shape[0], in.shape[1]
	default:
		l.Batch, l.Steps = in.shape[0], in.shape[1]
	}
	if !c.has(lstmProjection) && l.Outputs != l.Cells {
		c.fail("%d outputs of %d cells, and no projection", l.Outputs, l.Cells)
	}
	return l
}

// lstmWeights reads all weights.
func (c *checker) lstmWeights(l *kernels.FloatLSTM) {
	for k := range l.Gates {
		if k == 0 && l.Coupled {
			continue
		}
		g := &l.Gates[k]
		g.Weights = c.shapedWeights(lstmWeights+k, l.Cells, l.Inputs)
		g.Recurrent = c.shapedWeights(lstmRecurrent+k, l.Cells, l.Outputs)
		g.Bias = c.shapedWeights(lstmBias+k, l.Cells)
	}
	for i, k := range []int{0, 1, 3} { // the cell has no peephole
		if c.has(lstmPeephole+i) && !(k == 0 && l.Coupled) {
			l.Gates[k].Peephole = c.shapedWeights(lstmPeephole+i, l.Cells)
		}
	}
	if c.has(lstmProjection) {
		l.Projection = c.shapedWeights(lstmProjection, l.Outputs, l.Cells)
	}
	if c.has(lstmProjectionBias) {
		l.ProjectionBias = c.shapedWeights(lstmProjectionBias, l.Outputs)
	}
}

// shapedWeights reads weights or a bias of a given shape.
func (c *checker) shapedWeights(j int, shape ...int) []float32 {
	switch {
	case c.err != nil:
		return nil
	case !c.has(j):
		c.fail("input %d is left out", j)
		return nil
	case !slices.Equal(c.inShape(j), shape):
		c.fail("input %d (%.40q) has shape %v, needs %v", j, c.in(j).Name, c.inShape(j), shape)
		return nil
	}
	return c.floatWeights(j)
}

// cellActivation gives the function of the cells.
func (c *checker) cellActivation(a Activation) func(x float32) float32 {
	if a == ActTanh {
		return float(math.Tanh)
	}
	lo, hi := c.floatRange(a)
	return func(x float32) float32 { return min(max(x, lo), hi) }
}

// remembered makes the state of a variable tensor of so many elements, which begins with zeros.
func (c *checker) remembered(j int, typ Type, n int) *state {
	if c.err != nil {
		return nil
	}
	t := c.in(j)
	if !t.Variable || t.Type != typ || count(t.Shape) != int64(n) {
		c.fail("input %d (%.40q) is %v of shape %v, needs a variable of %d %v", j, t.Name, t.Type, t.Shape, n, typ)
	}
	size := typ.Size()
	if !c.spend(0, 2*int64(size)*int64(n)) {
		return nil
	}
	name := VarHandleOptions{Container: "variable tensors", Name: fmt.Sprint(len(c.left.states))}
	first := make([]byte, size*n)
	if typ == Int8 && t.Quant != nil {
		for i := range first {
			first[i] = byte(t.Quant.ZeroPoints[0])
		}
	}
	s := &state{name, &Tensor{Type: typ, Shape: t.Shape, Data: first}, aligned(size * n)}
	c.left.states[name] = s
	return s
}

// SVDFOptions belongs to SVDF.
type SVDFOptions struct {
	Rank       int // filters of each unit
	Activation Activation
}

func readSVDF(t flat.Table) (SVDFOptions, error) {
	return SVDFOptions{
		Rank:       int(t.Int32("rank", schema.SVDFRank, 0)),
		Activation: Activation(t.Uint8("activation", schema.SVDFActivation, 0)),
	}, nil
}

func (p SVDFOptions) verify() error {
	if err := verifyExtents("rank", p.Rank); err != nil {
		return err
	}
	return p.Activation.verify()
}

func (p SVDFOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.SVDFFields)
	w.b.PrependInt32Slot(schema.SVDFRank, int32(p.Rank), 0)
	w.b.PrependInt8Slot(schema.SVDFActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

// Inputs of SVDF.
const (
	svdfFeature = 1
	svdfTime    = 2
	svdfBias    = 3
	svdfState   = 4
)

func prepareSVDF(c *checker) step {
	p := c.o.Options.(SVDFOptions)
	if len(c.o.Inputs) != 5 || len(c.o.Outputs) != 1 ||
		!c.has(0) || !c.has(svdfFeature) || !c.has(svdfTime) || !c.has(svdfState) {
		c.fail("%d inputs and %d outputs, needs 5 and 1", len(c.o.Inputs), len(c.o.Outputs))
		return step{}
	}
	switch t := c.in(0); t.Type {
	case Int8:
		return prepareCodesSVDF(c, p)
	case Float32:
	default:
		c.fail("input 0 (%.40q) is %v: SVDF runs in float32, also with weights of int8, and in int8", t.Name, t.Type)
	}
	in, out := c.realsIn(0), c.realsOut()
	s := &kernels.FloatSVDF{SVDF: c.svdfGeometry(p, in)}
	if c.err != nil {
		return step{}
	}
	s.Feature, s.Time = c.floatWeights(svdfFeature), c.floatWeights(svdfTime)
	if c.has(svdfBias) {
		s.Bias = c.shapedWeights(svdfBias, s.Units)
	}
	s.Min, s.Max = c.floatRange(p.Activation)
	c.wantShape(out.shape, s.Batch, s.Units)
	kept := c.remembered(svdfState, Float32, s.Batch*s.Units*s.Rank*s.Memory)
	if !c.afford(0) {
		return step{}
	}
	return step{bind: func(mem *memory) func() {
		y, x := view[float32](mem.tensors[out.index]), view[float32](mem.tensors[in.index])
		return func() { s.Run(y, x, view[float32](kept.now)) }
	}}
}

// svdfGeometry checks the shapes of the input and of the weights.
func (c *checker) svdfGeometry(p SVDFOptions, in tensor) (s kernels.SVDF) {
	if c.err != nil {
		return s
	}
	feature, time := c.inShape(svdfFeature), c.inShape(svdfTime)
	if len(in.shape) != 2 || len(feature) != 2 || len(time) != 2 || count(feature) == 0 || count(time) == 0 ||
		feature[1] != in.shape[1] || time[0] != feature[0] || feature[0]%p.Rank != 0 {
		c.fail("input 0 has shape %v, the weights %v and %v for rank %d", in.shape, feature, time, p.Rank)
		return s
	}
	return kernels.SVDF{
		Batch: in.shape[0], Inputs: feature[1], Units: feature[0] / p.Rank, Rank: p.Rank, Memory: time[1],
	}
}
