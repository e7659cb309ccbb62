package content

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// DataRow describes the clips of one label or fault.
type DataRow struct {
	Name    string  `json:"name"`
	Clips   int     `json:"clips"`
	Minutes float64 `json:"minutes"`
	Level   float64 `json:"level_dbfs"` // median
	// Spread is absent for clips that are not at hand.
	Spread *Spread `json:"spread,omitempty"`
}

// Spread is how much clips differ.
type Spread struct {
	ShortestS float64 `json:"shortest_s"`
	LongestS  float64 `json:"longest_s"`
	LevelLow  float64 `json:"level_low_dbfs"`
	LevelHigh float64 `json:"level_high_dbfs"`
}

// Loudness says how well the clips' level alone tells them apart: what a
// model has to beat.
type Loudness struct {
	AUC      float64          `json:"auc"` // of the level or its reverse, whichever is larger
	Interval metrics.Interval `json:"interval"`
	Quieter  bool             `json:"quieter"` // abnormal clips are the quieter ones
}

// loudnessShown is the area from which on loudness is worth a warning.
const loudnessShown = 0.8

// Telling says whether level alone tells so much that a model's own part is in doubt.
func (l *Loudness) Telling() bool { return l.AUC >= loudnessShown }

// describeData fills in what is known of the clips without pictures.
func (s *Study) describeData(o *Options) {
	if n := s.Settings.Normal; n.Clips > 0 {
		s.Data = append(s.Data, DataRow{
			Name: "learned, normal", Clips: n.Clips, Minutes: n.DurationS / 60, Level: n.LevelDBFS,
		})
	}
	var levels [2][]float64
	rows := map[string]int{}
	of := map[string][]float64{} // levels by name
	for i, fault := range s.places() {
		c := s.Result.Clips.At(i)
		name := "test, " + string(c.Label)
		if fault != "" {
			name += ": " + fault
		}
		at, ok := rows[name]
		if !ok {
			at = len(s.Data)
			rows[name] = at
			s.Data = append(s.Data, DataRow{Name: name, Spread: &Spread{c.DurationS, c.DurationS, c.LevelDBFS, c.LevelDBFS}})
		}
		r := &s.Data[at]
		r.Clips++
		r.Minutes += c.DurationS / 60
		r.Spread.ShortestS, r.Spread.LongestS = min(r.Spread.ShortestS, c.DurationS), max(r.Spread.LongestS, c.DurationS)
		r.Spread.LevelLow, r.Spread.LevelHigh = min(r.Spread.LevelLow, c.LevelDBFS), max(r.Spread.LevelHigh, c.LevelDBFS)
		of[name] = append(of[name], c.LevelDBFS)
		k := count(c.Label == dataset.Abnormal)
		levels[k] = append(levels[k], c.LevelDBFS)
	}
	for name, at := range rows {
		s.Data[at].Level = metrics.Quantile(of[name], 0.5)
	}
	s.loudness(levels, o.Seed)
}

func (s *Study) loudness(levels [2][]float64, seed uint64) {
	m, err := metrics.Evaluate(levels[0], levels[1], math.NaN(), seed)
	if err != nil || m.AUC == nil {
		return
	}
	l := Loudness{AUC: *m.AUC, Interval: *m.AUCInterval}
	if l.AUC < 0.5 {
		l.AUC, l.Quieter = 1-l.AUC, true
		l.Interval.Low, l.Interval.High = 1-m.AUCInterval.High, 1-m.AUCInterval.Low
	}
	s.Loudness = &l
	if l.Telling() {
		louder := "louder"
		if l.Quieter {
			louder = "quieter"
		}
		s.Warnings = append(s.Warnings, fmt.Sprintf("the abnormal clips are %s: their level alone tells them apart with an AUC of %.2f. Judge the model by the rows with the level removed", louder, l.AUC))
	}
}

// Layer is one operator of the network.
type Layer struct {
	Op     string `json:"op"`
	Name   string `json:"name"`
	Shape  []int  `json:"output_shape"`
	Values int    `json:"output_values"`
	Params int64  `json:"params"`
	MACs   int64  `json:"macs"`
}

// describeNetwork lists the operators.
func (s *Study) describeNetwork(graph *tflite.Model) error {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return err
	}
	infos := it.Operators()
	if len(infos) != len(graph.Operators) {
		return errors.New("content: the interpreter has other operators than the model")
	}
	input := it.Inputs()[0]
	cells := input.Bytes / max(input.Type.Size(), 1)
	s.Layers = append(s.Layers, Layer{Op: "INPUT", Name: input.Name, Shape: input.Shape, Values: cells})
	least, needed := cells, neededFor(graph, graph.Outputs[0])
	for i, info := range infos {
		l := Layer{Op: info.Op.String(), Name: info.Name, Shape: info.OutputShape, Values: 1, MACs: info.MACs}
		for _, d := range l.Shape {
			l.Values *= d
		}
		for k, index := range graph.Operators[i].Inputs {
			if k == 0 && info.Op != tflite.TransposeConv || index < 0 {
				continue // the activation; of a transposed convolution it is the third
			}
			t := &graph.Tensors[index]
			if len(t.Data) == 0 || t.Quant == nil && t.Type != tflite.Float32 {
				continue // shapes and the like
			}
			values := int64(1)
			for _, d := range t.Shape {
				values *= int64(d)
			}
			l.Params += values
		}
		s.Params += l.Params
		s.MACs += l.MACs
		if needed[i] {
			least = min(least, l.Values)
		}
		s.Layers = append(s.Layers, l)
	}
	s.Compression = float64(cells) / float64(max(least, 1))
	return nil
}

// neededFor marks the operators that a tensor is computed by: what only other outputs
// need is no bottleneck of it.
func neededFor(graph *tflite.Model, tensor int) []bool {
	marks, wanted := make([]bool, len(graph.Operators)), map[int]bool{tensor: true}
	for i := len(graph.Operators) - 1; i >= 0; i-- { // they stand in the order of their use
		op := &graph.Operators[i]
		for _, out := range op.Outputs {
			marks[i] = marks[i] || wanted[out]
		}
		for _, in := range op.Inputs {
			wanted[in] = wanted[in] || marks[i]
		}
	}
	return marks
}

// spread returns at most n of the indexes below total, evenly spread.
func spread(total, n int) []int {
	out := make([]int, 0, min(total, n))
	for i := range min(total, n) {
		out = append(out, i*total/min(total, n))
	}
	return slices.Clip(out)
}
