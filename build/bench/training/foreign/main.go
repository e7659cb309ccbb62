// Command foreign prints the table of imported networks: for each file in a folder, whether it is
// imported, what it becomes, and what int8 costs: the rank correlation of the windows' scores and the
// area under the ROC curve, float32 against int8.
//
//	foreign -networks DIR -learn DIR -test DIR
//
// A network's levels are cells from 0 to 1, but dB where its name has "dB" or "dcase", as -db says, and
// -1 to 1 where its name has one of -signed. A window's score is its mean squared residual, a clip's
// the mean over its windows. Networks that restore something else than sound are scored all the same: the
// two arithmetics are compared, not the networks.
package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/foreign"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/quantise"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "foreign:", err)
		os.Exit(1)
	}
}

// sounds are the clips by the number of bands, which are computed once.
type sounds struct {
	learn, test *dataset.Set
	seen        map[int]heard
}

// heard is what a number of bands hears of the clips.
type heard struct {
	normal dataset.NormalFeatures
	test   []clip
}

func run(ctx context.Context) error {
	networks := flag.String("networks", "training/foreign/testdata", "folder with .tflite and .onnx files")
	learnDir := flag.String("learn", "training/testdata/recordings/mimii_fan_id00/learn", "folder with normal/ to calibrate on")
	testDir := flag.String("test", "training/testdata/recordings/mimii_fan_id00/test", "folder with normal/ and abnormal/ to score")
	db := flag.String("db", "dcase,db_norm", "parts of names of networks that take dB")
	signed := flag.String("signed", "t03_,t15_", "parts of names of networks that take -1 to 1")
	flag.Parse()
	s := &sounds{seen: map[int]heard{}}
	var err error
	if s.learn, err = dataset.Open(*learnDir); err != nil {
		return err
	}
	if s.test, err = dataset.Open(*testDir); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(*networks, "*"))
	if err != nil {
		return err
	}
	fmt.Printf("%-56s %5s %6s %9s %8s %8s  %s\n", "network", "ops", "params", "rank", "float", "int8", "what is refused")
	for _, path := range files {
		if !strings.HasSuffix(path, ".tflite") && !strings.HasSuffix(path, ".onnx") {
			continue
		}
		cells := foreign.Cells{Scale: []float64{1}, Offset: []float64{0}}
		if named(path, *db) {
			cells = foreign.Cells{Scale: []float64{120}, Offset: []float64{-80}}
		} else if named(path, *signed) {
			cells = foreign.Cells{Scale: []float64{2}, Offset: []float64{-1}}
		}
		fmt.Printf("%-56s ", filepath.Base(path))
		if err := s.measure(ctx, path, cells); err != nil {
			fmt.Printf("%5s %6s %9s %8s %8s  %.150s", "", "", "", "", "", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		fmt.Println()
	}
	return nil
}

func named(path, parts string) bool {
	return slices.ContainsFunc(strings.Split(parts, ","), func(part string) bool {
		return part != "" && strings.Contains(filepath.Base(path), part)
	})
}

// measure imports a network and prints what int8 costs.
func (s *sounds) measure(ctx context.Context, path string, cells foreign.Cells) error {
	g, err := foreign.Open(path, foreign.Options{})
	if err != nil {
		return err
	}
	bands := cmp.Or(foreign.GuessBands(g.Input.Shape), dsp.DefaultProfile().Bands)
	net, err := foreign.Use{Bands: bands, Cells: cells, Predicts: foreign.AnyFrame}.Fit(g)
	if err != nil {
		return err
	}
	h, err := s.hear(ctx, bands)
	if err != nil {
		return err
	}
	windows, err := dataset.NewNormalWindows(h.normal, net.Window)
	if err != nil {
		return err
	}
	float, err := quantise.Equalise(ctx, net.Model, windows, quantise.Options{})
	if err != nil {
		return err
	}
	ints, err := quantise.Quantise(context.Background(), float, windows, quantise.Options{})
	if err != nil {
		return err
	}
	var areas [2]float64
	var all [2][]float64
	cut := newWindows(h.test, windows)
	for i, m := range []*tflite.Model{net.Model, ints} {
		if all[i], areas[i], err = score(m, cut, h.test); err != nil {
			return err
		}
	}
	fmt.Printf("%5d %6d %9.5f %8.4f %8.4f", len(net.Model.Operators), net.Params, rank(all[0], all[1]), areas[0], areas[1])
	return nil
}

// hear computes the clips' features of so many bands.
func (s *sounds) hear(ctx context.Context, bands int) (heard, error) {
	if h, ok := s.seen[bands]; ok {
		return h, nil
	}
	p := dsp.DefaultProfile()
	p.Bands, p.MaxHz = bands, float64(p.SampleRateHz)/2
	o := dataset.Options{Profile: p}
	h := heard{}
	var err error
	if h.normal, _, err = dataset.ExtractNormal(ctx, s.learn.Normal(), o); err != nil {
		return h, err
	}
	if h.test, err = hear(ctx, s.test.Clips(), p); err != nil {
		return h, err
	}
	s.seen[bands] = h
	return h, nil
}

// score returns the score of each window of the clips, and the area under the curve of the clips' means.
func score(m *tflite.Model, all *windows, clips []clip) ([]float64, float64, error) {
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		return nil, 0, err
	}
	x, codes := make([]float32, all.Size()), make([]int8, all.Size())
	scores, sums, counts := make([]float64, all.Len()), make([]float64, len(clips)), make([]float64, len(clips))
	for w := range scores {
		all.Sample(w, x)
		all.Codes(w, codes)
		scores[w] = residual(it, x, codes)
		sums[all.clips[w]] += scores[w]
		counts[all.clips[w]]++
	}
	var normal, abnormal []float64
	for i, c := range clips {
		if mean := sums[i] / max(counts[i], 1); c.Label() == dataset.Normal {
			normal = append(normal, mean)
		} else {
			abnormal = append(abnormal, mean)
		}
	}
	area, err := metrics.AUC(normal, abnormal)
	return scores, area, err
}

// residual returns the mean squared residual of a window.
func residual(it *tflite.Interpreter, x []float32, codes []int8) float64 {
	in, out, info := it.InputBytes(0), it.OutputBytes(0), it.Outputs()[0]
	isFloat := info.Type == tflite.Float32
	for i := range x {
		if isFloat {
			binary.LittleEndian.PutUint32(in[4*i:], math.Float32bits(x[i]))
		} else {
			in[i] = byte(codes[i])
		}
	}
	it.Invoke()
	sum := 0.0
	for i, v := range x {
		y := 0.0
		if isFloat {
			y = float64(math.Float32frombits(binary.LittleEndian.Uint32(out[4*i:])))
		} else {
			y = float64(int(int8(out[i]))-info.ZeroPoint) * float64(info.Scale)
		}
		sum += (y - float64(v)) * (y - float64(v))
	}
	return sum / float64(len(x))
}

// rank returns Spearman's coefficient.
func rank(a, b []float64) float64 {
	x, y := ranks(a), ranks(b)
	n, sum := float64(len(x)), 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return 1 - 6*sum/(n*(n*n-1))
}

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	out := make([]float64, len(v))
	for r, i := range order {
		out[i] = float64(r)
	}
	return out
}
