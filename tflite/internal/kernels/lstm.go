package kernels

import "math"

// LSTM is the geometry of UNIDIRECTIONAL_SEQUENCE_LSTM.
type LSTM struct {
	Steps, Batch, Inputs, Cells, Outputs int
	TimeMajor                            bool
	Coupled                              bool // no input gate: it is what the forget gate leaves
	halt
}

// at gives which row of the input and the output a batch entry's step is.
func (l *LSTM) at(b, t int) int {
	if l.TimeMajor {
		return t*l.Batch + b
	}
	return b*l.Steps + t
}

// stepper computes one step from x: it changes h and c, and h is what is given out.
type stepper[V, C any] interface {
	step(x, h []V, c []C)
}

// steps takes the steps of each batch entry one after the other, until it is to halt.
func steps[V, C any, S stepper[V, C]](s S, l *LSTM, out, in, output []V, cell []C) {
	for b := range l.Batch {
		h, c := output[b*l.Outputs:][:l.Outputs], cell[b*l.Cells:][:l.Cells]
		for t := range l.Steps {
			if l.halted() {
				return
			}
			at := l.at(b, t)
			s.step(in[at*l.Inputs:][:l.Inputs], h, c)
			copy(out[at*l.Outputs:][:l.Outputs], h)
		}
	}
}

// FloatLSTM is UNIDIRECTIONAL_SEQUENCE_LSTM of float32. Products are added in order.
type FloatLSTM struct {
	LSTM
	Gates                      [4]FloatGate // input, forget, cell, output
	Projection, ProjectionBias []float32    // nil where cells are outputs
	CellClip, ProjectionClip   float32      // 0 is none
	Activation                 func(x float32) float32
	Gate                       [4][]float32 // scratch, each of Cells
	Hidden                     []float32    // scratch, of Cells
}

// FloatGate is the weights of one gate.
type FloatGate struct {
	Weights   []float32 // [Cells, Inputs]
	Recurrent []float32 // [Cells, Outputs]
	Peephole  []float32 // [Cells], or nil
	Bias      []float32 // [Cells]
}

// The gates.
const (
	inputGate = iota
	forgetGate
	cellGate
	outputGate
)

// Run computes all steps; output and cell are the state, which it changes.
func (l *FloatLSTM) Run(out, in, output, cell []float32) {
	steps(l, &l.LSTM, out, in, output, cell)
}

func (l *FloatLSTM) step(x, h, c []float32) {
	for k := range l.Gates {
		if k != inputGate || !l.Coupled {
			l.sum(k, x, h)
		}
	}
	i, f, g, o := l.Gate[inputGate], l.Gate[forgetGate], l.Gate[cellGate], l.Gate[outputGate]
	l.open(forgetGate, c)
	if l.Coupled {
		for j, v := range f {
			i[j] = 1 - v
		}
	} else {
		l.open(inputGate, c)
	}
	for j := range c {
		v := float32(f[j]*c[j]) + float32(i[j]*l.Activation(g[j]))
		c[j] = clip(v, l.CellClip)
	}
	l.open(outputGate, c)
	for j := range c {
		l.Hidden[j] = float32(o[j] * l.Activation(c[j]))
	}
	if l.Projection == nil {
		copy(h, l.Hidden)
		return
	}
	for j := range h {
		v := dot(l.Projection[j*l.Cells:], l.Hidden)
		if l.ProjectionBias != nil {
			v += l.ProjectionBias[j]
		}
		h[j] = clip(v, l.ProjectionClip)
	}
}

// sum adds a gate's products and its bias.
func (l *FloatLSTM) sum(k int, x, h []float32) {
	g := &l.Gates[k]
	for j := range l.Gate[k] {
		l.Gate[k][j] = dot(g.Weights[j*l.Inputs:], x) + dot(g.Recurrent[j*l.Outputs:], h) + g.Bias[j]
	}
}

// open turns a gate's sums to how far it is open, with what it sees of the cells.
func (l *FloatLSTM) open(k int, c []float32) {
	peephole := l.Gates[k].Peephole
	for j, v := range l.Gate[k] {
		if peephole != nil {
			v += float32(peephole[j] * c[j])
		}
		l.Gate[k][j] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func clip(v, limit float32) float32 {
	if limit > 0 {
		return min(max(v, -limit), limit)
	}
	return v
}

// dot adds the products of x with as many weights.
func dot(w, x []float32) (sum float32) {
	w = w[:len(x)]
	for i, v := range x {
		sum += float32(v * w[i])
	}
	return sum
}

// SVDF is the geometry of SVDF: what filters make of the inputs is kept for some steps, and joined by weights of time.
type SVDF struct {
	Batch, Inputs, Units, Rank, Memory int
}

// FloatSVDF is SVDF of float32.
type FloatSVDF struct {
	SVDF
	Feature  []float32 // [Units*Rank, Inputs]
	Time     []float32 // [Units*Rank, Memory]
	Bias     []float32 // [Units], or nil
	Min, Max float32
}

// Run computes one step; state, [Batch, Units*Rank, Memory], moves on by one.
func (s *FloatSVDF) Run(out, in, state []float32) {
	for b := range s.Batch {
		x := in[b*s.Inputs:][:s.Inputs]
		for u := range s.Units {
			var sum float32
			for f := u * s.Rank; f < (u+1)*s.Rank; f++ {
				row := state[(b*s.Units*s.Rank+f)*s.Memory:][:s.Memory]
				copy(row, row[1:])
				row[s.Memory-1] = dot(s.Feature[f*s.Inputs:], x)
				sum += dot(s.Time[f*s.Memory:], row)
			}
			if s.Bias != nil {
				sum += s.Bias[u]
			}
			out[b*s.Units+u] = min(max(sum, s.Min), s.Max)
		}
	}
}
