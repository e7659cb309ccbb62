// Command quantise says what int8 costs: for each autoencoder and seed it trains on one
// folder of normal clips, scores the clips of another folder by float32 and by int8,
// and prints both areas under the ROC curve and how the windows' scores correlate.
//
//	quantise -learn DIR -test DIR -seeds 3 -layers
//
// A clip's score is the mean over its windows of the mean squared residual. Ranges
// are chosen as auscult train does ("int8"), without raised windows ("flat"), without
// corrected offsets ("kept"), and by percentile ("99.99 %"). The last column is the
// largest difference of the mean area.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/quantise"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "quantise:", err)
		os.Exit(1)
	}
}

// ways are the ways to quantise, the one that ships first.
var ways = []struct {
	name string
	o    quantise.Options
}{
	{"int8", quantise.Options{}},
	{"flat", quantise.Options{Raise: -1}},
	{"kept", quantise.Options{KeepBias: true}},
	{"99.99 %", quantise.Options{Percentile: 99.99}},
}

// reconstructing are the families with one output, the window again.
var reconstructing = []string{families.DenseName, families.ConvName, families.SmallName}

func run(ctx context.Context) error {
	learnDir := flag.String("learn", "training/testdata/recordings/mimii_fan_id00/learn", "folder with normal/ to learn")
	testDir := flag.String("test", "training/testdata/recordings/mimii_fan_id00/test",
		"folder with normal/ and abnormal/ to score")
	seeds := flag.Int("seeds", 3, "trainings of each family")
	only := flag.String("family", "", "dense, conv or small; empty for all")
	layers := flag.Bool("layers", false, "print each layer's signal to quantisation noise")
	flag.Parse()
	o := dataset.Options{Profile: dsp.DefaultProfile()}
	learned, err := dataset.Open(*learnDir)
	if err != nil {
		return err
	}
	normal, _, err := dataset.ExtractNormal(ctx, learned.Normal(), o)
	if err != nil {
		return err
	}
	tested, err := dataset.Open(*testDir)
	if err != nil {
		return err
	}
	test, err := hear(ctx, tested.Clips(), o.Profile)
	if err != nil {
		return err
	}
	fmt.Printf("%-6s %4s %7s", "family", "seed", "float")
	for _, w := range ways {
		fmt.Printf(" %8s %11s", w.name, "correlation")
	}
	fmt.Println()
	for _, name := range reconstructing {
		if *only != "" && name != *only {
			continue
		}
		if err := compare(ctx, name, clips{normal, test, o.Profile.Bands}, *seeds, *layers); err != nil {
			return err
		}
	}
	return nil
}

// clips are what a network learns and what it is tested with.
type clips struct {
	normal dataset.NormalFeatures
	test   []heard
	bands  int
}

// compare trains one family with some seeds and prints what it scores.
func compare(ctx context.Context, name string, c clips, seeds int, layers bool) error {
	f, err := families.Of(name)
	if err != nil {
		return err
	}
	d, err := f.Describe(families.Wanted{Bands: c.bands})
	if err != nil {
		return err
	}
	learned, err := dataset.NewNormalWindows(c.normal, d.Window)
	if err != nil {
		return err
	}
	all := newWindows(c.test, learned)
	means := make([]float64, 1+len(ways))
	for seed := range seeds {
		trained, err := families.Train(ctx, d, learned, families.Config{Epochs: f.Epochs, Seed: uint64(seed + 1)})
		if err != nil {
			return err
		}
		lowered, err := export.Network(trained.Net, "")
		if err != nil {
			return err
		}
		float, err := quantise.Equalise(ctx, lowered.Model, learned, quantise.Options{})
		if err != nil {
			return err
		}
		floats := floatScores(trained.Net, all)
		area, err := areaOf(floats, all, c.test)
		if err != nil {
			return err
		}
		fmt.Printf("%-6s %4d %7.4f", name, seed+1, area)
		areas, err := compareWays(float, learned, all, c.test, floats)
		if err != nil {
			return err
		}
		for i, a := range append([]float64{area}, areas...) {
			means[i] += a / float64(seeds)
		}
		fmt.Println()
		if layers && seed == 0 {
			if err := printLayers(ctx, float, learned, all); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%-6s mean %7.4f", name, means[0])
	for _, m := range means[1:] {
		fmt.Printf(" %8.4f %+11.4f", m, m-means[0])
	}
	fmt.Println()
	return nil
}

// compareWays quantises a network in all ways, prints each one's area and how its scores
// correlate with the network's own, and returns the areas.
func compareWays(float *tflite.Model, learned dataset.NormalWindows, all *windows,
	test []heard, floats []float64,
) ([]float64, error) {
	var areas []float64
	for _, w := range ways {
		m, err := quantise.Quantise(context.Background(), float, learned, w.o)
		if err != nil {
			return nil, err
		}
		ints, err := intScores(m, all)
		if err != nil {
			return nil, err
		}
		area, err := areaOf(ints, all, test)
		if err != nil {
			return nil, err
		}
		areas = append(areas, area)
		fmt.Printf(" %8.4f %11.6f", area, correlation(floats, ints))
	}
	return areas, nil
}

func printLayers(ctx context.Context, float *tflite.Model, learned dataset.NormalWindows, all *windows) error {
	m, err := quantise.Quantise(context.Background(), float, learned, quantise.Options{})
	if err != nil {
		return err
	}
	r, err := quantise.Compare(ctx, float, m, all, 200)
	if err != nil {
		return err
	}
	for _, l := range r.Layers {
		fmt.Printf("       %-28s SQNR %5.1f dB\n", l.Name, l.SQNRDB)
	}
	return nil
}

// floatScores returns each window's mean squared residual.
func floatScores(net *network.Network, w *windows) []float64 {
	size := w.Size()
	x := make([]float32, size)
	scores := make([]float64, w.Len())
	for i := range scores {
		w.Sample(i, x)
		for j, v := range net.Forward(x, 1) {
			d := float64(v) - float64(x[j])
			scores[i] += d * d / float64(size)
		}
	}
	return scores
}

// intScores does the same with the int8 model.
func intScores(m *tflite.Model, w *windows) ([]float64, error) {
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		return nil, err
	}
	out := it.Outputs()[0]
	codes := make([]int8, w.Size())
	scores := make([]float64, w.Len())
	for i := range scores {
		w.Codes(i, codes)
		in := it.InputBytes(0)
		for j, c := range codes {
			in[j] = byte(c)
		}
		it.Invoke()
		for j, b := range it.OutputBytes(0) {
			y := float64(int(int8(b))-out.ZeroPoint) * float64(out.Scale)
			d := y - float64(int(codes[j])+128)/255
			scores[i] += d * d / float64(len(codes))
		}
	}
	return scores, nil
}

// areaOf returns the area under the ROC curve of the clips' mean scores.
func areaOf(scores []float64, w *windows, clips []heard) (float64, error) {
	sums, counts := make([]float64, len(clips)), make([]float64, len(clips))
	for i, s := range scores {
		sums[w.clips[i]] += s
		counts[w.clips[i]]++
	}
	var normal, abnormal []float64
	for i, c := range clips {
		if counts[i] == 0 {
			return 0, fmt.Errorf("%s: shorter than a window", c.Name)
		}
		score := sums[i] / counts[i]
		if c.Label() == dataset.Normal {
			normal = append(normal, score)
		} else {
			abnormal = append(abnormal, score)
		}
	}
	return metrics.AUC(normal, abnormal)
}

// correlation returns Pearson's coefficient.
func correlation(a, b []float64) float64 {
	var ma, mb, aa, bb, ab float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(b))
	}
	for i := range a {
		aa, bb, ab = aa+(a[i]-ma)*(a[i]-ma), bb+(b[i]-mb)*(b[i]-mb), ab+(a[i]-ma)*(b[i]-mb)
	}
	return ab / math.Sqrt(aa*bb)
}
