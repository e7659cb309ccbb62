package tflite

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// Recurrent layers of int8, whose cells are int16. LiteRT computes them by its own kernels in either profile.

// gateScale is that of what the gates' functions take: 3 integer bits.
const gateScale = 1.0 / 4096

// hiddenIntermediate is the intermediate that says how what cells give is quantised.
const hiddenIntermediate = 4

func prepareCodesLSTM(c *checker, p SequenceLSTMOptions) step {
	in, out := c.codesIn(0), c.codesOut()
	l := kernels.CodesLSTM{LSTM: c.lstmGeometry(p, in)}
	if c.err != nil {
		return step{}
	}
	want := slices.Clone(in.shape)
	want[len(want)-1] = l.Outputs
	c.wantShape(out.shape, want...)
	h := c.remembered(lstmOutputState, Int8, l.Batch*l.Outputs)
	cell := c.remembered(lstmCellState, Int16, l.Batch*l.Cells)
	hidden, cellBits := c.codesCells(p, &l, out)
	if c.err != nil {
		return step{}
	}
	state := c.scaleOf(lstmOutputState)
	for k := range l.Gates {
		if k == 0 && l.Coupled {
			continue
		}
		c.codesGate(&l, k, in, state, cellBits)
	}
	if c.has(lstmProjection) {
		l.Projection = c.codesProduct(lstmProjection, hidden, state.Scale, l.Outputs, l.Cells)
		if c.has(lstmProjectionBias) {
			c.addBias(l.Projection.Bias, lstmProjectionBias)
		}
		// The kernel takes the zero point the other way round, in the product and before it.
		c.addZero(&l.Projection, hidden.ZeroPoint)
		l.HiddenZero = -hidden.ZeroPoint
		l.OutputZero = state.ZeroPoint
	}
	if !c.afford(9 * int64(l.Cells)) {
		return step{}
	}
	k := kernels.NewCodesLSTM(l)
	return step{bind: func(mem *memory) func() {
		y, x := view[int8](mem.tensors[out.index]), view[int8](mem.tensors[in.index])
		mem.interrupts(k)
		return func() { k.Run(y, x, view[int8](h.now), view[int16](cell.now)) }
	}}
}

// codesCells reads how cells, and what they give, are quantised.
func (c *checker) codesCells(p SequenceLSTMOptions, l *kernels.CodesLSTM, out tensor) (hidden kernels.Code, bits int) {
	if c.err != nil {
		return hidden, 0
	}
	if p.Activation != ActTanh {
		c.fail("the activation %v: an LSTM of int8 has TANH", p.Activation)
	}
	cell := c.scaleOf(lstmCellState)
	exponent, ok := powerOfTwo(cell.Scale)
	bits = exponent + 15
	if c.err == nil && (!ok || bits < 0 || bits > 6) {
		c.fail("input %d, the cells' state, has scale %v, needs a power of two from 1/32768 to 1/512", lstmCellState, cell.Scale)
	}
	if len(c.o.Intermediates) <= hiddenIntermediate {
		c.fail("%d intermediate tensors, an LSTM of int8 needs 5", len(c.o.Intermediates))
		return hidden, 0
	}
	t := &c.m.Tensors[c.o.Intermediates[hiddenIntermediate]]
	if t.Quant == nil || len(t.Quant.Scales) != 1 || t.Quant.Scales[0] < minScale {
		c.fail("intermediate %d (%.40q) has no scale", hiddenIntermediate, t.Name)
		return hidden, 0
	}
	hidden = kernels.Code{Scale: t.Quant.Scales[0], ZeroPoint: int32(t.Quant.ZeroPoints[0])}
	if c.err == nil && (hidden.ZeroPoint < -128 || hidden.ZeroPoint > 127) {
		c.fail("intermediate %d (%.40q) has zero point %d", hiddenIntermediate, t.Name, hidden.ZeroPoint)
	}
	l.CellBits, l.HiddenZero = bits, hidden.ZeroPoint
	l.Hidden = c.factor(float32(0x1p-15 / float64(hidden.Scale) * 0x1p-15))
	if p.CellClip > 0 {
		l.CellClip = int16(min(float32(p.CellClip/cell.Scale), math.MaxInt16))
	}
	if p.ProjectionClip > 0 {
		l.ProjectionClip = int8(min(float32(p.ProjectionClip/out.Scale), math.MaxInt8))
	}
	return hidden, bits
}

// codesGate reads one gate's weights.
func (c *checker) codesGate(l *kernels.CodesLSTM, k int, in tensor, state kernels.Code, cellBits int) {
	g := &l.Gates[k]
	g.Input = c.codesProduct(lstmWeights+k, in.Code, gateScale, l.Cells, l.Inputs)
	c.addBias(g.Input.Bias, lstmBias+k)
	c.addZero(&g.Input, -in.ZeroPoint)
	g.Recurrent = c.codesProduct(lstmRecurrent+k, state, gateScale, l.Cells, l.Outputs)
	c.addZero(&g.Recurrent, -state.ZeroPoint)
	at := map[int]int{0: lstmPeephole, 1: lstmPeephole + 1, 3: lstmPeephole + 2}
	j, ok := at[k]
	if !ok || !c.has(j) || c.err != nil {
		return
	}
	t := c.in(j)
	if t.Type != Int16 || !slices.Equal(t.Shape, []int{l.Cells}) || t.Data == nil {
		c.fail("input %d (%.40q) is %v of shape %v, needs a constant of %d int16", j, t.Name, t.Type, t.Shape, l.Cells)
		return
	}
	g.Peephole = c.shorts(j)
	scale := c.scaleOf(j).Scale
	g.PeepholeFactor = c.factor(float32(math.Ldexp(1, cellBits-15) * float64(scale) / gateScale))
}

// scaleOf gives the quantisation of an input that has one scale.
func (c *checker) scaleOf(j int) kernels.Code {
	if c.err != nil {
		return kernels.Code{}
	}
	t := c.in(j)
	if t.Quant == nil || len(t.Quant.Scales) != 1 || t.Quant.Scales[0] < minScale {
		c.fail("input %d (%.40q) needs one scale", j, t.Name)
		return kernels.Code{}
	}
	return kernels.Code{Scale: t.Quant.Scales[0], ZeroPoint: int32(t.Quant.ZeroPoints[0])}
}

// factor makes a multiplier.
func (c *checker) factor(scale float32) kernels.Multiplier {
	m, ok := kernels.NewMultiplier(float64(scale))
	if !ok {
		c.fail("the scales' factor %v is not within range", scale)
	}
	return m
}

// codesProduct reads constant weights of int8, [rows, columns], whose products with codes are scaled to out.
func (c *checker) codesProduct(j int, in kernels.Code, out float32, rows, columns int) (p kernels.CodesProduct) {
	if c.err != nil {
		return p
	}
	if !c.has(j) {
		c.fail("input %d is left out", j)
		return p
	}
	t := c.in(j)
	switch {
	case t.Type != Int8 || t.Data == nil:
		c.fail("input %d (%.40q), the weights, is %v, needs constant int8", j, t.Name, t.Type)
	case !slices.Equal(t.Shape, []int{rows, columns}):
		c.fail("input %d (%.40q) has shape %v, needs [%d %d]", j, t.Name, t.Shape, rows, columns)
	}
	weight := c.scaleOf(j)
	if c.err == nil && weight.ZeroPoint != 0 {
		c.fail("input %d (%.40q), the weights, has zero point %d, needs 0", j, t.Name, weight.ZeroPoint)
	}
	if !c.spend(0, 4*int64(rows)) {
		return p
	}
	return kernels.CodesProduct{
		Weights: view[int8](t.Data), Bias: make([]int32, rows),
		Factor: c.factor(float32(float32(weight.Scale*in.Scale) / out)),
	}
}

// addBias adds a constant bias of int32.
func (c *checker) addBias(sums []int32, j int) {
	if c.err != nil {
		return
	}
	if !c.has(j) {
		c.fail("input %d is left out", j)
		return
	}
	t := c.in(j)
	if t.Type != Int32 || t.Data == nil || !slices.Equal(t.Shape, []int{len(sums)}) {
		c.fail("input %d (%.40q), the bias, is %v of shape %v, needs %d constant int32", j, t.Name, t.Type, t.Shape, len(sums))
		return
	}
	for i, v := range int32s(t.Data) {
		sums[i] += v
	}
}

// addZero adds each row's weights times a number to the bias.
func (c *checker) addZero(p *kernels.CodesProduct, times int32) {
	if c.err != nil || len(p.Bias) == 0 {
		return
	}
	columns := len(p.Weights) / len(p.Bias)
	for i := range p.Bias {
		for _, w := range p.Weights[i*columns:][:columns] {
			p.Bias[i] += int32(w) * times
		}
	}
}

// shorts decodes constants of int16.
func (c *checker) shorts(j int) []int16 {
	t := c.in(j)
	if !c.spend(0, int64(len(t.Data))) {
		return nil
	}
	values := make([]int16, len(t.Data)/2)
	for i := range values {
		values[i] = int16(binary.LittleEndian.Uint16(t.Data[2*i:]))
	}
	return values
}

func prepareCodesSVDF(c *checker, p SVDFOptions) step {
	in, out := c.codesIn(0), c.codesOut()
	s := &kernels.CodesSVDF{SVDF: c.svdfGeometry(p, in), OutputZero: out.ZeroPoint}
	if c.err == nil && p.Activation != ActRelu {
		c.fail("the activation %v: SVDF of int8 has RELU", p.Activation)
	}
	if c.err != nil {
		return step{}
	}
	filters := s.Units * s.Rank
	state, time := c.scaleOf(svdfState), c.scaleOf(svdfTime)
	s.Feature = c.codesProduct(svdfFeature, in.Code, state.Scale, filters, s.Inputs)
	c.addZero(&s.Feature, -in.ZeroPoint)
	if t := c.in(svdfTime); c.err == nil && (t.Type != Int16 || t.Data == nil) {
		c.fail("input %d (%.40q), the weights, is %v, needs constant int16", svdfTime, t.Name, t.Type)
	}
	if c.err != nil {
		return step{}
	}
	s.Time = c.shorts(svdfTime)
	s.Factor = c.factor(float32(float32(state.Scale*time.Scale) / out.Scale))
	if c.has(svdfBias) {
		s.Bias = make([]int32, s.Units)
		c.addBias(s.Bias, svdfBias)
	}
	c.wantShape(out.shape, s.Batch, s.Units)
	kept := c.remembered(svdfState, Int16, s.Batch*filters*s.Memory)
	if !c.afford(4 * int64(s.Units)) {
		return step{}
	}
	return step{bind: func(mem *memory) func() {
		y, x := view[int8](mem.tensors[out.index]), view[int8](mem.tensors[in.index])
		return func() { s.Run(y, x, view[int16](kept.now)) }
	}}
}
