package content

import (
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
)

// painter restores clips, frame by frame: it holds no more of one than a window or a stride.
type painter struct {
	s        *model.Settings
	it       *tflite.Interpreter
	restored [256]float32 // dB that an output byte stands for
	code     [256]float32 // dB that a code's byte stands for

	// Frames that windows to come may still restore, the oldest first: their codes, the sums of
	// what windows made of them in dB, and how many windows these were.
	codes    [][]byte
	sums     [][]float32
	counts   []float32
	windowed int // frames of the last window, which begins at the first that is held; 0: none yet
	input    []float32
	row      func(input, restored []float32)
}

func newPainter(graph *tflite.Model, s *model.Settings) (*painter, error) {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return nil, err
	}
	p := &painter{s: s, it: it, input: make([]float32, s.Profile.Bands)}
	out := it.Outputs()[0]
	span := s.Profile.MaxDB - s.Profile.MinDB
	for i := range p.restored {
		p.code[i] = float32(s.Profile.MinDB + span*float64(int(int8(i))+128)/255)
		p.restored[i] = float32(s.Profile.MinDB + span*float64(out.Scale)*float64(int(int8(i))-out.ZeroPoint))
	}
	return p, nil
}

// begin begins a clip. row is given each frame and its reconstruction, in dB; both are valid
// until it returns. Frames beyond the last window are left out. An encoder restores nothing: the
// input stands for what it would.
func (p *painter) begin(c *dataset.Clip, row func(input, restored []float32)) {
	p.codes, p.sums, p.counts = nil, nil, nil
	p.windowed, p.row = 0, row
	for k, v := range c.ConditionValues(p.s.Conditions) {
		if !math.IsNaN(v) {
			p.it.InputBytes(1)[k] = byte(p.s.Conditions[k].Code(v))
		}
	}
}

// push takes a frame.
func (p *painter) push(codes []int8) {
	codes = codes[:len(p.input)]
	raw := make([]byte, len(codes))
	for i, c := range codes {
		raw[i] = byte(c)
	}
	p.codes, p.sums, p.counts = append(p.codes, raw), append(p.sums, make([]float32, len(codes))), append(p.counts, 0)
	w := p.s.Window
	first := 0 // where the next window begins
	if p.windowed > 0 {
		first = w.StrideFrames
	}
	if len(p.codes) == first+w.Frames { // its last frame is there
		p.release(first)
		p.restore()
		p.windowed = w.Frames
	}
}

// end ends a clip.
func (p *painter) end() { p.release(p.windowed) }

// release gives the first n frames away.
func (p *painter) release(n int) {
	for i := range n {
		for b, c := range p.codes[i] {
			p.input[b] = p.code[c]
		}
		sum := p.sums[i]
		if count := p.counts[i]; count > 0 {
			for b := range sum {
				sum[b] /= count
			}
		} else {
			copy(sum, p.input) // a stride beyond the window leaves frames out
		}
		p.row(p.input, sum)
	}
	p.codes, p.sums, p.counts = slices.Delete(p.codes, 0, n), slices.Delete(p.sums, 0, n), slices.Delete(p.counts, 0, n)
}

// restore runs the window of the first frames through the model and adds what it gives.
func (p *painter) restore() {
	if !p.s.Restores() {
		return
	}
	w := p.s.Window
	in, out := p.it.InputBytes(0), p.it.OutputBytes(slices.Index(p.s.Roles(), model.Reconstruction))
	bands := len(p.input)
	at := func(t, b int) int {
		if w.Layout == model.BandMajor {
			return b*w.Frames + t
		}
		return t*bands + b
	}
	for t := range w.Frames {
		for b, c := range p.codes[t] {
			in[at(t, b)] = c
		}
	}
	p.it.Invoke()
	for t := range w.Frames {
		p.counts[t]++
		for b := range p.sums[t] {
			p.sums[t][b] += p.restored[out[at(t, b)]]
		}
	}
}
