package kernels

import "math"

// CodesLSTM is UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with gates and cells of int16, as TFLite's own kernel computes it:
// gates have 3 integer bits.
type CodesLSTM struct {
	LSTM
	Gates          [4]CodesGate // input, forget, cell, output
	CellBits       int          // integer bits of the cells
	CellClip       int16        // 0 is none
	Hidden         Multiplier   // of the product of a gate and a cell's function
	HiddenZero     int32
	Projection     CodesProduct // without weights where cells are outputs
	OutputZero     int32
	ProjectionClip int8       // 0 is none
	gate           [4][]int16 // scratch, each of Cells
	hidden         []int8     // scratch, of Cells
}

// CodesGate is the weights of one gate.
type CodesGate struct {
	Input, Recurrent CodesProduct
	Peephole         []int16 // [Cells], or nil
	PeepholeFactor   Multiplier
}

// CodesProduct is a matrix of weights that multiplies codes of int8: sums are scaled.
type CodesProduct struct {
	Weights []int8  // [rows, columns]
	Bias    []int32 // one for each row, with the input's zero point in it
	Factor  Multiplier
}

// row gives a row's scaled sum.
func (p *CodesProduct) row(i int, x []int8) int32 {
	sum := p.Bias[i]
	w := p.Weights[i*len(x):][:len(x)]
	for j, v := range x {
		sum += int32(v) * int32(w[j])
	}
	return p.Factor.ApplySum(sum)
}

// NewCodesLSTM adds the scratch memory.
func NewCodesLSTM(l CodesLSTM) *CodesLSTM {
	for k := range l.gate {
		l.gate[k] = make([]int16, l.Cells)
	}
	l.hidden = make([]int8, l.Cells)
	return &l
}

// Run computes all steps; output and cell are the state, which it changes.
func (l *CodesLSTM) Run(out, in, output []int8, cell []int16) {
	steps(l, &l.LSTM, out, in, output, cell)
}

func (l *CodesLSTM) step(x, h []int8, c []int16) {
	for k := range l.Gates[:outputGate] {
		if k != inputGate || !l.Coupled {
			l.open(k, x, h, c)
		}
	}
	i, f, g := l.gate[inputGate], l.gate[forgetGate], l.gate[cellGate]
	for j := range c {
		kept := divideByPower(int32(f[j])*int32(c[j]), 15)
		input := math.MaxInt16 - int32(f[j])
		if !l.Coupled {
			input = int32(i[j])
		}
		added := int16(divideByPower(input*int32(g[j]), 15+l.CellBits))
		c[j] = saturateQ(int32(int16(kept)) + int32(added))
		if l.CellClip > 0 {
			c[j] = min(max(c[j], -l.CellClip), l.CellClip)
		}
	}
	l.open(outputGate, x, h, c)
	for j, o := range l.gate[outputGate] {
		v := l.Hidden.ApplySum(int32(o) * int32(TanhQ(c[j], l.CellBits)))
		l.hidden[j] = saturateCode(v + l.HiddenZero)
	}
	if l.Projection.Weights == nil {
		copy(h, l.hidden)
		return
	}
	for j := range h {
		h[j] = saturateCode(l.Projection.row(j, l.hidden) + l.OutputZero)
		if l.ProjectionClip > 0 {
			h[j] = min(max(h[j], -l.ProjectionClip), l.ProjectionClip)
		}
	}
}

// open computes how far a gate is open, or what a cell is to become.
func (l *CodesLSTM) open(k int, x, h []int8, c []int16) {
	g := &l.Gates[k]
	for j := range l.gate[k] {
		v := saturateQ(g.Input.row(j, x))
		v = saturateQ(g.Recurrent.row(j, h) + int32(v))
		if g.Peephole != nil {
			v = saturateQ(g.PeepholeFactor.ApplySum(int32(g.Peephole[j])*int32(c[j])) + int32(v))
		}
		if k == cellGate {
			l.gate[k][j] = TanhQ(v, 3)
		} else {
			l.gate[k][j] = LogisticQ(v, 3)
		}
	}
}

// saturateCode limits a code.
func saturateCode(v int32) int8 { return int8(min(max(v, math.MinInt8), math.MaxInt8)) }

// CodesSVDF is SVDF of int8, whose state is int16.
type CodesSVDF struct {
	SVDF
	Feature    CodesProduct // [Units*Rank, Inputs]
	Time       []int16      // [Units*Rank, Memory]
	Bias       []int32      // [Units], or nil
	Factor     Multiplier   // of sums over time
	OutputZero int32
}

// Run computes one step; state, [Batch, Units*Rank, Memory], moves on by one.
func (s *CodesSVDF) Run(out, in []int8, state []int16) {
	for b := range s.Batch {
		x := in[b*s.Inputs:][:s.Inputs]
		for u := range s.Units {
			var sum int32
			for f := u * s.Rank; f < (u+1)*s.Rank; f++ {
				row := state[(b*s.Units*s.Rank+f)*s.Memory:][:s.Memory]
				copy(row, row[1:])
				row[s.Memory-1] = saturateQ(s.Feature.row(f, x))
				for i, v := range row {
					sum += int32(v) * int32(s.Time[f*s.Memory+i])
				}
			}
			if s.Bias != nil {
				sum += s.Bias[u]
			}
			out[b*s.Units+u] = saturateCode(s.Factor.ApplySum(sum) + s.OutputZero)
		}
	}
}
