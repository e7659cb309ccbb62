package families

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/pumptest"
)

const testBands = 16

func windows(t *testing.T, f dataset.NormalFeatures, w model.Window) dataset.NormalWindows {
	t.Helper()
	out, err := dataset.NewNormalWindows(f, w)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// error2 returns the mean squared error of the network and the variance of the
// cells about their band's mean.
func error2(n *network.Network, w dataset.NormalWindows) (mse, variance float64) {
	x := make([]float32, w.Size())
	sums, squares := make([]float64, w.Bands()), make([]float64, w.Bands())
	band := func(j int) int {
		if w.Window().Layout == model.BandMajor {
			return j / w.Window().Frames
		}
		return j % w.Bands()
	}
	cells := float64(w.Len() * w.Size())
	for i := range w.Len() {
		w.Sample(i, x)
		for j, y := range n.Forward(x, 1) {
			v := float64(x[j])
			mse += (float64(y) - v) * (float64(y) - v) / cells
			sums[band(j)] += v
			squares[band(j)] += v * v
		}
	}
	perBand := cells / float64(w.Bands())
	for b := range sums {
		variance += (squares[b]/perBand - sums[b]/perBand*sums[b]/perBand) / float64(w.Bands())
	}
	return mse, variance
}

func TestDescriptions(t *testing.T) {
	d, err := Dense(5, 128)
	if err != nil {
		t.Fatal(err)
	}
	// MLPerf Tiny's ad01 has 264,192 multiply-accumulates.
	if d.MACs() != 264192 || d.Bottleneck() != 8 || d.Params() != 264192+640+2*(8*128+8) {
		t.Errorf("dense: %d MACs, bottleneck %d, %d parameters", d.MACs(), d.Bottleneck(), d.Params())
	}
	if got := d.InputShape(); !slices.Equal(got, []int{1, 640}) {
		t.Errorf("dense: input %v", got)
	}
	for compression, want := range map[int]int{16: 512, 32: 256} {
		c, err := Conv(128, 64, compression)
		if err != nil {
			t.Fatal(err)
		}
		if c.Bottleneck() != want || !slices.Equal(c.InputShape(), []int{1, 128, 64, 1}) {
			t.Errorf("conv: bottleneck %d, input %v", c.Bottleneck(), c.InputShape())
		}
		// Without the projections: 9 weights for every pair of channels.
		base := int64(9 * (2*2048*32 + 2*512*32*64 + 2*128*64*128 + 2*32*128*256))
		if got, want := c.MACs(), base+int64(2*32*256*256/compression); got != want {
			t.Errorf("conv: %d MACs, want %d", got, want)
		}
		if last := c.Layers[len(c.Layers)-1]; last.Kind != network.Sigmoid ||
			last.Out != (network.Shape{H: 128, W: 64, C: 1}) {
			t.Errorf("conv ends with %+v", last)
		}
	}
}

func TestDescriptionsRefuse(t *testing.T) {
	for _, c := range [][2]int{{0, 128}, {5, 0}, {-1, 3}, {1 << 30, 1 << 30}, {1 << 10, 1 << 10}} {
		if _, err := Dense(c[0], c[1]); err == nil {
			t.Errorf("dense %v: no error", c)
		}
	}
	for _, c := range [][3]int{
		{128, 64, 3}, {128, 64, 0}, {128, 64, 512}, {120, 64, 16}, {128, 60, 16}, {0, 64, 16}, {1 << 20, 1 << 24, 16},
	} {
		if _, err := Conv(c[0], c[1], c[2]); err == nil {
			t.Errorf("conv %v: no error", c)
		}
	}
	if _, err := Describe("forest", Wanted{Bands: 128}); err == nil {
		t.Error("unknown family: no error")
	}
}

func TestTrainDense(t *testing.T) {
	f := pumptest.Hum(t, testBands)
	d, err := Dense(3, testBands)
	if err != nil {
		t.Fatal(err)
	}
	w := windows(t, f, d.Window)
	for _, s := range []Standardise{Nothing, Scalar, PerBand} {
		d.Standardise = s
		calls := 0
		got, err := Train(context.Background(), d, w, Config{
			Epochs: 15, Batch: 32, Seed: 3, Progress: func(network.Progress) { calls++ },
		})
		if err != nil {
			t.Fatal(err)
		}
		mse, variance := error2(got.Net, w)
		// Without standardisation the network needs long to find the mean.
		if s == Nothing {
			variance = got.History.Loss[0]
		}
		if !(mse < variance/2) {
			t.Errorf("standardisation %d: error %.3g, variance %.3g", s, mse, variance)
		}
		// Losses while training are in the same unit as the error after it.
		if last := got.History.Loss[14]; !(last > mse/5 && last < mse*5) {
			t.Errorf("standardisation %d: last loss %.3g, error %.3g", s, last, mse)
		}
		if want := 15 * ((w.Len() + 31) / 32); calls != want {
			t.Errorf("%d calls of progress, want %d", calls, want)
		}
		for _, l := range got.Net.Specs() {
			if l.Kind == network.BatchNorm {
				t.Error("the trained network has batch normalisation")
			}
		}
	}
}

func TestTrainConv(t *testing.T) {
	d, err := Conv(testBands, 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	w := windows(t, pumptest.Hum(t, testBands), d.Window)
	got, err := Train(context.Background(), d, w, Config{Epochs: 6, Batch: 8, LearningRate: 3e-3})
	if err != nil {
		t.Fatal(err)
	}
	if loss := got.History.Loss; !(loss[5] < loss[0]/2) {
		t.Errorf("losses %.3g", loss)
	}
}

func TestFoldedStandardisationComputesTheSame(t *testing.T) {
	specs := network.NewChain(network.Shape{H: 1, W: 1, C: 6}).Dense(4, true).ReLU().Dense(6, true).Specs()
	plain, err := network.New(specs, 4)
	if err != nil {
		t.Fatal(err)
	}
	folded, err := plain.Fold()
	if err != nil {
		t.Fatal(err)
	}
	s := standard{mean: []float64{0.3, 0.1, 0.5, 0.3, 0.1, 0.5}, deviation: 0.07}
	s.foldInto(folded)
	x := []float32{0.2, 0.4, 0.6, 0.8, 0, 1}
	z := make([]float32, len(x))
	for i, v := range x {
		z[i] = float32((float64(v) - s.mean[i]) / s.deviation)
	}
	want, got := plain.Forward(z, 1), folded.Forward(x, 1)
	for i := range want {
		if y := float64(want[i])*s.deviation + s.mean[i]; math.Abs(y-float64(got[i])) > 1e-5 {
			t.Errorf("output %d: %g, want %g", i, got[i], y)
		}
	}
}

func TestTrainRefusesAndStops(t *testing.T) {
	f := pumptest.Hum(t, testBands)
	d, err := Dense(3, testBands)
	if err != nil {
		t.Fatal(err)
	}
	other := d.Window
	other.Frames = 4
	if _, err := Train(context.Background(), d, windows(t, f, other), Config{Epochs: 1}); err == nil {
		t.Error("windows of 4 frames for a model of 3: no error")
	}
	if _, err := Train(context.Background(), d, dataset.NormalWindows{}, Config{Epochs: 1}); err == nil {
		t.Error("no windows: no error")
	}
	if _, err := Train(context.Background(), d, windows(t, f, d.Window), Config{}); err == nil {
		t.Error("no epochs: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	got, err := Train(ctx, d, windows(t, f, d.Window), Config{Epochs: 50, Batch: 64, Progress: func(p network.Progress) {
		if p.Epoch == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || got == nil || len(got.History.Loss) != 1 {
		t.Errorf("cancelled: %+v, %v", got, err)
	}
}

// TestFamilies holds every family of the table to what the others rely on.
func TestFamilies(t *testing.T) {
	turns := map[int]string{}
	for _, f := range Families() {
		d, err := Describe(f.Name, Wanted{Bands: 128, Conditions: 2})
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if d.Name != f.Name || d.Bands != 128 || d.Batch < 1 {
			t.Errorf("%s: described as %s of %d bands in batches of %d", f.Name, d.Name, d.Bands, d.Batch)
		}
		if f.Epochs < 1 || f.Help == "" {
			t.Errorf("%s: %d epochs, help %q", f.Name, f.Epochs, f.Help)
		}
		if other := turns[f.Turn]; other != "" {
			t.Errorf("%s and %s have turn %d", f.Name, other, f.Turn)
		}
		turns[f.Turn] = f.Name
		restores := len(d.Outputs) == 0 || slices.Contains(d.Outputs, model.Reconstruction)
		if d.Objective.Restores() != restores {
			t.Errorf("%s: outputs %q and an objective that restores: %v", f.Name, d.Outputs, d.Objective.Restores())
		}
		if f.Conditions == slices.Contains(Names(), f.Name) {
			t.Errorf("%s: needs conditions %v, names that need none %q", f.Name, f.Conditions, Names())
		}
	}
	want := []string{DenseName, ConditionedName, SmallName, ConvName, ContrastName, VAEName}
	if got := InTurn(); !slices.Equal(got, want) {
		t.Errorf("tried in turn %q", got)
	}
}

// InputShape returns the shape of the input and output tensor.
func (d Description) InputShape() []int {
	if d.Window.Layout == model.FrameMajor {
		return []int{1, d.Window.Frames * d.Bands}
	}
	return []int{1, d.Bands, d.Window.Frames, 1}
}

// Bottleneck returns the number of values between encoder and decoder, or of an
// encoder's output.
func (d Description) Bottleneck() int {
	least := d.Layers[0].In.Size()
	for _, s := range d.Layers {
		least = min(least, s.Out.Size())
	}
	return least
}
