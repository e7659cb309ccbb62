package tflite

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// prepare does NewInterpreter's work in three passes: check each operator, plan
// the memory, bind the kernels to it.
func prepare(m *Model, opts Options) (*Interpreter, error) {
	m, left, steps, infos, err := check(m, opts)
	if err != nil {
		return nil, err
	}
	it := &Interpreter{operators: infos, cpu: left.impl.Name, prepared: int64(left.limits.PreparedLimitBytes) - left.bytes}
	for _, s := range left.states {
		it.states = append(it.states, s)
	}
	it.Reset()
	if it.inputs, err = describe(m, "input", m.Inputs); err != nil {
		return nil, err
	}
	if it.outputs, err = describe(m, "output", m.Outputs); err != nil {
		return nil, err
	}
	return it, it.bind(m, steps, left)
}

// check makes the steps of a model's operators, on a copy of which all shapes are known and what depends on no input
// is constant.
func check(m *Model, opts Options) (*Model, *budget, []step, []OperatorInfo, error) {
	if opts.ArenaLimitBytes <= 0 {
		opts.ArenaLimitBytes = DefaultArenaLimitBytes
	}
	if opts.PreparedLimitBytes <= 0 {
		opts.PreparedLimitBytes = DefaultPreparedLimitBytes
	}
	if opts.MACLimit <= 0 {
		opts.MACLimit = DefaultMACLimit
	}
	if opts.TimeLimit <= 0 {
		opts.TimeLimit = DefaultTimeLimit
	}
	impl, err := chooseKernels(opts)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if opts.Threads < 0 || opts.Threads > maxThreads {
		return nil, nil, nil, nil, fmt.Errorf("%d threads: must be 0 to %d", opts.Threads, maxThreads)
	}
	if err := m.verify(); err != nil {
		return nil, nil, nil, nil, err
	}
	if len(m.Inputs) == 0 || len(m.Outputs) == 0 {
		return nil, nil, nil, nil, errors.New("a model needs an input and an output")
	}
	m = m.own()
	if err := checkSizes(m, opts.ArenaLimitBytes); err != nil {
		return nil, nil, nil, nil, err
	}
	left := &budget{
		limits: opts, impl: impl, root: m, nest: nested, stop: new(atomic.Bool),
		macs: opts.MACLimit, bytes: int64(opts.PreparedLimitBytes), nanos: float64(opts.TimeLimit),
		folded: make([]bool, len(m.Tensors)), flipped: make([]bool, len(m.Tensors)), called: map[int][]bool{},
		handles: map[int]*state{}, states: map[VarHandleOptions]*state{},
	}
	if err := m.flipUnsigned(left); err != nil {
		return nil, nil, nil, nil, err
	}
	steps, infos, err := checkOperators(m, left)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	return m, left, steps, infos, nil
}

// own copies what preparing changes: tensors' shapes and data. The model itself is only read.
func (m *Model) own() *Model {
	mine := *m
	mine.Tensors = slices.Clone(m.Tensors)
	return &mine
}

// checkSizes refuses tensors that are empty or alone exceed the arena, before
// anything is computed from their shapes.
func checkSizes(m *Model, limit int) error {
	for i := range m.Tensors {
		if err := checkSize(i, &m.Tensors[i], limit); err != nil {
			return err
		}
	}
	return nil
}

func checkSize(i int, t *Tensor, limit int) error {
	n, err := elements(t.Shape)
	if err != nil {
		return err
	}
	if size := int64(n) * int64(t.Type.Size()); t.Data == nil && size > int64(limit) {
		return fmt.Errorf("tensor %d (%.40q): shape %v needs %d bytes, the limit is %d", i, t.Name, t.Shape, size, limit)
	}
	return nil
}

// checkOperators makes the steps of all operators; those whose results are known already are run at once and have none.
// Its error tells of all operators that cannot run.
func checkOperators(m *Model, left *budget) ([]step, []OperatorInfo, error) {
	steps := make([]step, len(m.Operators))
	infos := make([]OperatorInfo, len(m.Operators))
	refused := &refusing{m: m, tainted: map[int]bool{}}
	for i := range m.Operators {
		o := &m.Operators[i]
		if refused.reads(o) {
			refused.add(i, checkTypes(m, o))
			continue
		}
		folding := foldable(m, o)
		s, err := checkResolving(m, o, left)
		if err == nil && folding {
			err = fold(m, o, &s, left)
			s = step{folded: true}
		}
		if err != nil {
			refused.add(i, err)
			continue
		}
		steps[i] = s
		infos[i] = OperatorInfo{Op: o.Op, MACs: s.macs, Folded: s.folded}
		if len(o.Outputs) > 0 {
			out := &m.Tensors[o.Outputs[0]]
			infos[i].Name, infos[i].OutputShape = out.Name, out.Shape
		}
	}
	return steps, infos, refused.err()
}

// describe makes the public description of inputs or outputs.
func describe(m *Model, what string, tensors []int) ([]TensorInfo, error) {
	infos := make([]TensorInfo, len(tensors))
	for i, index := range tensors {
		t := &m.Tensors[index]
		n, err := elements(t.Shape)
		if err != nil || n == 0 || t.Type.Size() == 0 || t.Data != nil || t.Variable {
			return nil, fmt.Errorf("model %s %d (%.40q): %v of shape %v, need non-empty numbers that are not constant",
				what, i, t.Name, t.Type, t.Shape)
		}
		infos[i] = TensorInfo{Name: t.Name, Type: t.Type, Shape: t.Shape, Bytes: n * t.Type.Size()}
		if t.Type == Int8 && (t.Quant == nil || len(t.Quant.Scales) != 1) {
			return nil, fmt.Errorf("model %s %d (%.40q): int8 needs one scale", what, i, t.Name)
		}
		if t.Quant != nil && len(t.Quant.Scales) == 1 {
			infos[i].Scale = t.Quant.Scales[0]
			infos[i].ZeroPoint = int(t.Quant.ZeroPoints[0])
		}
	}
	return infos, nil
}

// bind plans the arena and gives every step its memory.
func (it *Interpreter) bind(m *Model, steps []step, left *budget) error {
	opts := left.limits
	it.stop = left.stop
	l := livesOf(m, steps)
	total, err := planArena(l.blocks, opts.ArenaLimitBytes)
	if err != nil {
		return err
	}
	it.arena = aligned(total)
	view := func(b block) []byte { return it.arena[b.offset : b.offset+b.bytes : b.offset+b.bytes] }
	mem := &memory{tensors: make([][]byte, len(m.Tensors)), stop: left.stop}
	for t := range m.Tensors {
		if l.of[t] != noBlock {
			mem.tensors[t] = view(l.blocks[l.of[t]])
		} else {
			mem.tensors[t] = m.Tensors[t].Data
		}
	}
	if opts.Threads > 1 {
		mem.team = kernels.NewTeam(opts.Threads - 1)
		it.team = mem.team
		runtime.AddCleanup(it, (*kernels.Team).Close, it.team)
	}
	for i := range steps {
		if steps[i].folded {
			continue
		}
		mem.scratch = view(l.blocks[l.scratch[i]])
		it.steps = append(it.steps, steps[i].bind(mem))
		it.places = append(it.places, i)
	}
	for i, t := range m.Inputs {
		isFlipped := left.flipped[t] && left.depth == 0
		it.inBytes = append(it.inBytes, it.outside(mem.tensors[t], isFlipped, true))
		if isFlipped {
			it.inputs[i] = it.inputs[i].flipped()
		}
	}
	for i, t := range m.Outputs {
		isFlipped := left.flipped[t] && left.depth == 0
		it.outBytes = append(it.outBytes, it.outside(mem.tensors[t], isFlipped, false))
		if isFlipped {
			it.outputs[i] = it.outputs[i].flipped()
		}
	}
	return nil
}

// nested prepares a subgraph by its number from what is left of a model's budget.
func nested(b *budget, g *Model, number int) (*Interpreter, int64, error) {
	inner := *b
	inner.depth++
	inner.folded, inner.flipped = make([]bool, len(g.Tensors)), b.called[number]
	if inner.flipped == nil {
		inner.flipped = make([]bool, len(g.Tensors))
	}
	inner.handles = map[int]*state{}
	inner.limits.Threads = 0
	if err := checkSizes(g, b.limits.ArenaLimitBytes); err != nil {
		return nil, 0, err
	}
	steps, _, err := checkOperators(g, &inner)
	if err != nil {
		return nil, 0, err
	}
	it := &Interpreter{inputs: make([]TensorInfo, len(g.Inputs)), outputs: make([]TensorInfo, len(g.Outputs))}
	for i, t := range g.Outputs {
		it.outputs[i] = TensorInfo{Type: g.Tensors[t].Type, Shape: g.Tensors[t].Shape}
	}
	if err := it.bind(g, steps, &inner); err != nil {
		return nil, 0, err
	}
	macs := b.macs - inner.macs
	inner.bytes -= int64(len(it.arena))
	if inner.bytes < 0 {
		return nil, 0, b.spend(0, math.MaxInt64)
	}
	b.macs, b.bytes, b.nanos = inner.macs, inner.bytes, inner.nanos
	return it, macs, nil
}
