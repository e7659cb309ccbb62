package tflite

import "slices"

// lives says during which steps each tensor and each step's scratch memory is needed.
type lives struct {
	m       *Model
	blocks  []block
	of      []int // block of each tensor, or noBlock for constants and what is not used
	scratch []int // block of each step's scratch memory
}

const noBlock = -1

// livesOf follows the tensors through the steps of a model.
func livesOf(m *Model, steps []step) *lives {
	l := &lives{m: m, of: make([]int, len(m.Tensors)), scratch: make([]int, len(steps))}
	for i := range l.of {
		l.of[i] = noBlock
	}
	for _, t := range m.Inputs {
		l.begin(t, 0)
	}
	for i := range steps {
		if steps[i].folded {
			continue
		}
		l.follow(i, &m.Operators[i], &steps[i])
	}
	// The caller reads outputs, and may compare them with inputs, after Invoke.
	for _, t := range m.Inputs {
		l.end(t, len(steps))
	}
	for _, t := range m.Outputs {
		l.end(t, len(steps))
	}
	return l
}

// follow takes in step i.
func (l *lives) follow(i int, o *Operator, s *step) {
	for _, t := range o.Inputs {
		l.end(t, i)
	}
	// What shares an input's memory would change with the input after Invoke.
	if s.alias && !slices.Contains(l.m.Inputs, o.Inputs[0]) && l.of[o.Inputs[0]] != noBlock {
		// The same bytes under another shape: the block lives on.
		l.of[o.Outputs[0]] = l.of[o.Inputs[0]]
		l.end(o.Outputs[0], i)
	} else {
		for _, t := range o.Outputs {
			l.begin(t, i)
		}
	}
	l.scratch[i] = len(l.blocks)
	l.blocks = append(l.blocks, block{bytes: s.scratch, first: i, last: i})
}

// begin gives a tensor its block.
func (l *lives) begin(tensor, at int) {
	t := &l.m.Tensors[tensor]
	n, _ := elements(t.Shape) // verified before
	l.of[tensor] = len(l.blocks)
	l.blocks = append(l.blocks, block{bytes: n * t.Type.Size(), first: at, last: at})
}

// end says that a tensor is needed in a step.
func (l *lives) end(tensor, at int) {
	if tensor >= 0 && l.of[tensor] != noBlock {
		l.blocks[l.of[tensor]].last = at
	}
}
