package network

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Checkpoint is a training in progress, or one that has ended: going on from it
// gives the same bits as never having stopped.
type Checkpoint struct {
	head   checkpointHead
	arrays [][]float32 // as Network.state lists them, then the best weights, if any
}

// checkpointHead is what a checkpoint has besides arrays.
type checkpointHead struct {
	Label    string  `json:"label"`
	Specs    []Spec  `json:"layers"`
	Kernels  string  `json:"kernels"`
	Samples  int     `json:"samples"`
	Epochs   int     `json:"epochs"`
	Batch    int     `json:"batch"`
	Rate     float64 `json:"learning_rate"`
	Seed     uint64  `json:"seed"`
	Patience int     `json:"patience"`
	// Temperature is Config's.
	Temperature float64 `json:"temperature,omitempty"`
	Epoch       int     `json:"epoch"`       // epochs that ended
	Step        int     `json:"step"`        // steps done in the next one
	Total       float64 `json:"loss_so_far"` // of that epoch, times samples
	Seen        bool    `json:"seen"`        // normalisations hold statistics of data
	Ended       bool    `json:"ended"`
	History     History `json:"history"`
	HasBest     bool    `json:"has_best"`
}

// checkpointMagic begins every checkpoint; the digit is the version.
const checkpointMagic = "auscult checkpoint 1\n"

// maxCheckpointHead bounds the JSON in a checkpoint.
const maxCheckpointHead = 64 << 20

// errCheckpoint begins every refusal to read one.
var errCheckpoint = errors.New("network: checkpoint")

// Label returns the label that the training was given.
func (c *Checkpoint) Label() string { return c.head.Label }

// Epoch returns how many epochs have ended, of how many.
func (c *Checkpoint) Epoch() (ended, all int) { return c.head.Epoch, c.head.Epochs }

// Ended says whether the training is over, by its last epoch or early.
func (c *Checkpoint) Ended() bool { return c.head.Ended }

// History returns how the training went so far.
func (c *Checkpoint) History() History { return c.head.History.clone() }

// Write writes the checkpoint: a line that names the format, the length of a JSON
// object in four bytes, that object, the arrays as little-endian float32, and the
// SHA-256 of all before.
func (c *Checkpoint) Write(w io.Writer) error {
	head, err := json.Marshal(c.head)
	if err != nil {
		return fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	hash := sha256.New()
	out := io.MultiWriter(w, hash)
	start := binary.LittleEndian.AppendUint32([]byte(checkpointMagic), uint32(len(head)))
	for _, part := range [][]byte{start, head} {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, 1<<16)
	for _, a := range c.arrays {
		for len(a) > 0 {
			n := min(len(a), cap(buf)/4)
			buf = buf[:0]
			for _, v := range a[:n] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
			if _, err := out.Write(buf); err != nil {
				return err
			}
			a = a[n:]
		}
	}
	_, err = w.Write(hash.Sum(nil))
	return err
}

// ReadCheckpoint reads what Write wrote. It refuses what is cut short or damaged,
// and makes no more memory than the layers need that the checkpoint describes.
func ReadCheckpoint(r io.Reader) (*Checkpoint, error) {
	hash := sha256.New()
	in := io.TeeReader(r, hash)
	start := make([]byte, len(checkpointMagic)+4)
	if _, err := io.ReadFull(in, start); err != nil || string(start[:len(checkpointMagic)]) != checkpointMagic {
		return nil, fmt.Errorf("%w: not one of this version", errCheckpoint)
	}
	size := binary.LittleEndian.Uint32(start[len(checkpointMagic):])
	if size > maxCheckpointHead {
		return nil, fmt.Errorf("%w: a description of %d bytes", errCheckpoint, size)
	}
	var head bytes.Buffer
	if n, err := io.CopyN(&head, in, int64(size)); err != nil {
		return nil, fmt.Errorf("%w: cut short after %d bytes", errCheckpoint, n)
	}
	c := &Checkpoint{}
	if err := json.Unmarshal(head.Bytes(), &c.head); err != nil {
		return nil, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	shapes, err := stateShapes(c.head.Specs)
	if err != nil {
		return nil, err
	}
	if c.head.HasBest {
		best, err := bestShapes(c.head.Specs)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, best...)
	}
	for _, n := range shapes {
		a, err := readFloats(in, n)
		if err != nil {
			return nil, err
		}
		c.arrays = append(c.arrays, a)
	}
	sum := hash.Sum(nil)
	stored := make([]byte, len(sum))
	if _, err := io.ReadFull(r, stored); err != nil || !bytes.Equal(sum, stored) {
		return nil, fmt.Errorf("%w: damaged or cut short", errCheckpoint)
	}
	return c, c.check()
}

// readFloats reads n values, and makes memory as they arrive.
func readFloats(r io.Reader, n int) ([]float32, error) {
	buf := make([]byte, 1<<16)
	var a []float32
	for len(a) < n {
		part := buf[:4*min(n-len(a), len(buf)/4)]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, fmt.Errorf("%w: cut short", errCheckpoint)
		}
		for ; len(part) > 0; part = part[4:] {
			a = append(a, math.Float32frombits(binary.LittleEndian.Uint32(part)))
		}
	}
	return a, nil
}

// check finds numbers that no training writes.
func (c *Checkpoint) check() error {
	h := &c.head
	perEpoch := 0
	if h.Batch > 0 && h.Samples > 0 {
		perEpoch = (h.Samples + h.Batch - 1) / h.Batch
	}
	switch {
	case h.Epochs < 1 || h.Epochs > maxEpochs || h.Epoch < 0 || h.Epoch > h.Epochs,
		h.Step < 0 || h.Step > perEpoch || h.Step > 0 && h.Epoch == h.Epochs,
		len(h.History.Loss) != h.Epoch || len(h.History.Validation) > h.Epoch || h.History.Best < 0 ||
			h.History.Best > h.Epoch:
		return fmt.Errorf("%w: its numbers contradict each other", errCheckpoint)
	}
	return nil
}

// stateShapes returns the lengths of the arrays of Network.state.
func stateShapes(specs []Spec) ([]int, error) {
	if err := validate(specs); err != nil {
		return nil, err
	}
	var n []int
	for _, s := range specs {
		for _, size := range paramSizes(s) {
			n = append(n, size, size, size) // value and moments
		}
	}
	norm := normShapes(specs)
	return append(n, norm...), nil
}

// bestShapes returns the lengths of the arrays of Network.usable.
func bestShapes(specs []Spec) ([]int, error) {
	var n []int
	for _, s := range specs {
		n = append(n, paramSizes(s)...)
	}
	return append(n, normShapes(specs)...), nil
}

func normShapes(specs []Spec) (n []int) {
	for _, s := range specs {
		if s.Kind == BatchNorm {
			n = append(n, s.Out.C, s.Out.C)
		}
	}
	return n
}

// paramSizes returns the lengths of a layer's trained arrays.
func paramSizes(s Spec) []int {
	switch {
	case s.Kind == BatchNorm:
		return []int{s.Out.C, s.Out.C}
	case s.hasWeights() && s.Bias:
		return []int{s.weights(), s.Out.C}
	case s.weights() > 0:
		return []int{s.weights()}
	}
	return nil
}

// state lists the arrays that a training changes, usable those that inference
// needs.
func (n *Network) state() (all [][]float32) {
	for _, p := range n.params {
		all = append(all, p.value, p.m, p.v)
	}
	return append(all, n.statistics()...)
}

func (n *Network) usable() (all [][]float32) {
	for _, p := range n.params {
		all = append(all, p.value)
	}
	return append(all, n.statistics()...)
}

func (n *Network) statistics() (all [][]float32) {
	for _, l := range n.layers {
		if b, ok := l.(*batchNorm); ok {
			all = append(all, b.inference.mean, b.inference.vari)
		}
	}
	return all
}

func cloneAll(arrays [][]float32) [][]float32 {
	out := make([][]float32, len(arrays))
	for i, a := range arrays {
		out[i] = slices.Clone(a)
	}
	return out
}

func copyAll(dst, src [][]float32) {
	for i, a := range src {
		copy(dst[i], a)
	}
}
