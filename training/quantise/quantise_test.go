package quantise

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/network"
)

var update = flag.Bool("update", false,
	"write testdata/*.tflite and *.in anew; then run build/oracle/training/ptq_litert.py")

// TestQuantisedFollowsFloat bounds what quantisation costs.
func TestQuantisedFollowsFloat(t *testing.T) {
	for name, s := range smallNets(t) {
		t.Run(name, func(t *testing.T) {
			float := s.float(t)
			float.Description = name
			m, err := Quantise(t.Context(), float, s.normal, Options{})
			if err != nil {
				t.Fatal(err)
			}
			data, err := m.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			back, err := tflite.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				s.write(t, name, data)
			}
			s.wantSignature(t, name, back)
			r, err := Compare(context.Background(), float, back, s.all, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range r.Layers {
				t.Logf("%-28s scale %.5f zero %4d SQNR %.1f dB", l.Name, l.Scale, l.Zero, l.SQNRDB)
				if l.SQNRDB < 20 {
					t.Errorf("%s: SQNR %.1f dB", l.Name, l.SQNRDB)
				}
			}
			least := 0.99
			if name == "contrast" {
				least = 0.97 // not trained, it hardly tells windows apart
			}
			if r.Correlation == nil || *r.Correlation < least {
				t.Errorf("scores of float and int8 correlate by less than %g: %+v", least, r)
			}
			if !(math.Abs(r.ScoreRatio-1) < 0.1) {
				t.Errorf("int8 scores are %.3f of the float ones", r.ScoreRatio)
			}
		})
	}
}

// wantSignature checks what a model takes and gives.
func (s smallNet) wantSignature(t *testing.T, name string, m *tflite.Model) {
	t.Helper()
	in, out := m.Tensors[m.Inputs[0]], m.Tensors[m.Outputs[0]]
	if in.Quant.Scales[0] != 1.0/255 || in.Quant.ZeroPoints[0] != -128 {
		t.Errorf("input quantisation %+v", in.Quant)
	}
	wantShape, wantOut := []int{1, bands, frames, 1}, float32(1.0/256)
	if s.normal.Window().Layout == model.FrameMajor {
		wantShape, wantOut = []int{1, 2 * bands}, 1.0/255
	}
	if !slices.Equal(in.Shape, wantShape) {
		t.Errorf("input of shape %v, want %v", in.Shape, wantShape)
	}
	if want := 1 + s.net.Conditions(); len(m.Inputs) != want {
		t.Errorf("%d inputs, want %d", len(m.Inputs), want)
	}
	wantOuts := 1
	if name == "vae" {
		wantOuts = 2
		d := m.Tensors[m.Outputs[len(m.Outputs)-1]]
		if !slices.Equal(d.Shape, []int{1, 1, 1, 3}) || d.Name != "divergence" {
			t.Errorf("divergence %q of shape %v", d.Name, d.Shape)
		}
	}
	if len(m.Outputs) != wantOuts {
		t.Errorf("%d outputs, want %d", len(m.Outputs), wantOuts)
	}
	if name == "contrast" {
		if !slices.Equal(out.Shape, []int{1, 1, 1, 10}) {
			t.Errorf("embedding of shape %v", out.Shape)
		}
		return
	}
	specs := s.net.Specs()
	if specs[len(specs)-1].Kind == network.Sigmoid && (out.Quant.Scales[0] != wantOut || out.Quant.ZeroPoints[0] != -128) {
		t.Errorf("output quantisation %+v after a logistic function", out.Quant)
	}
	if out.Quant.Scales[0] > wantOut || !slices.Equal(out.Shape, wantShape) {
		t.Errorf("output quantisation %+v, shape %v, want %v", out.Quant, out.Shape, wantShape)
	}
}

// TestOffsetsMakeUpForRounding rounds weights that all round the same way: inputs
// of mean 0.5 would see every output shifted.
func TestOffsetsMakeUpForRounding(t *testing.T) {
	for _, op := range []tflite.Op{tflite.FullyConnected, tflite.Conv2D, tflite.TransposeConv, tflite.DepthwiseConv2D} {
		k := &kernel{op: op, shape: []int{3, 2, 2, 3}, strides: 1, offsets: make([]float32, 3)}
		switch op {
		case tflite.FullyConnected:
			k.shape = []int{3, 3}
		case tflite.DepthwiseConv2D:
			k.shape = []int{1, 2, 2, 3}
		case tflite.TransposeConv:
			k.strides = 4
		}
		rows := elements(k.shape) / 3
		k.weights = make([]float32, 3*rows)
		for i := range k.weights {
			k.weights[i] = 0.4 / 127
		}
		for c := range 3 {
			k.weights[k.index(0, c)] = 1 // the scale
		}
		in := codes{scale: 1.0 / 255, zero: -128}
		q, err := quantiseWeights(k, in, in, []float64{0.5, 0.5, 0.5})
		if err != nil {
			t.Fatal(err)
		}
		share := 1.0
		if op == tflite.TransposeConv {
			share = 0.25
		}
		want := share * 0.5 * 0.4 / 127 * float64(rows-1)
		got := float64(int32(binary.LittleEndian.Uint32(q.bias))) * float64(q.biasScales[0])
		if math.Abs(got-want) > 1e-4 {
			t.Errorf("%v: offset %g, want %g", op, got, want)
		}
		kept, err := quantiseWeights(k, in, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b := binary.LittleEndian.Uint32(kept.bias); b != 0 {
			t.Errorf("%v: without means the offset is %d", op, b)
		}
	}
}

func TestPercentile(t *testing.T) {
	var s span
	y := make([]float32, 1000)
	for i := range y {
		y[i] = float32(i) / 999
	}
	y[0], y[999] = -50, 100
	s.widen(y, 1)
	s.count(y)
	if c := s.percentile(100); math.Abs(c.value(127)-100) > 1 || math.Abs(c.value(-128)+50) > 1 {
		t.Errorf("all of the values: %g to %g", c.value(-128), c.value(127))
	}
	// The histogram's bins are 0.07 wide.
	if c := s.percentile(99.8); math.Abs(c.value(127)-1) > 0.1 || math.Abs(c.value(-128)) > 0.1 {
		t.Errorf("99.8 percent: %g to %g, want 0 to 1", c.value(-128), c.value(127))
	}
	if c := (&span{}).percentile(99); c.scale != minScale {
		t.Errorf("nothing: scale %g", c.scale)
	}
}

// write makes the golden model and inputs: random ones and windows.
func (s smallNet) write(t *testing.T, name string, data []byte) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	var in []byte
	codes := make([]int8, s.all.Size())
	for i := range 8 {
		s.all.Codes(i*s.all.Len()/8, codes)
		for _, c := range codes {
			if i%2 == 0 {
				c = int8(rng.Uint32())
			}
			in = append(in, byte(c))
		}
		for range s.net.Conditions() {
			in = append(in, byte(rng.Uint32()))
		}
	}
	for file, content := range map[string][]byte{name + ".tflite": data, name + ".in": in} {
		if err := os.WriteFile(filepath.Join("testdata", file), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLiteRTGivesTheSameBytes runs exported models whose outputs LiteRT 2.3.0
// computed.
func TestLiteRTGivesTheSameBytes(t *testing.T) {
	for _, name := range []string{
		"dense", "conv", "small", "bottleneck", "vae", "contrast", "conditioned", "conditioned_conv",
	} {
		m, err := tflite.Open(filepath.Join("testdata", name+".tflite"))
		if err != nil {
			t.Fatal(err)
		}
		it, err := tflite.NewInterpreter(m, tflite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.ReadFile(filepath.Join("testdata", name+".in"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", name+".out"))
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for len(in) > 0 {
			for i := range it.Inputs() {
				in = in[copy(it.InputBytes(i), in):]
			}
			it.Invoke()
			for i := range it.Outputs() {
				got = append(got, it.OutputBytes(i)...)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: outputs differ from LiteRT's", name)
		}
	}
}

func TestQuantiseRefuses(t *testing.T) {
	nets := smallNets(t)
	s := nets["dense"]
	if _, err := Quantise(t.Context(), s.float(t), dataset.NormalWindows{}, Options{}); err == nil {
		t.Error("no windows: no error")
	}
	if _, err := Quantise(t.Context(), s.float(t), nets["conv"].normal, Options{}); err == nil {
		t.Error("windows of another size: no error")
	}
	for _, p := range []float64{-1, 49, 101, math.NaN()} {
		if _, err := Quantise(t.Context(), s.float(t), s.normal, Options{Percentile: p}); err == nil {
			t.Errorf("percentile %g: no error", p)
		}
	}
	raw, err := network.New(network.NewChain(s.net.In()).Dense(4, false).BatchNorm().Dense(s.net.In().C, true).Specs(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.Network(raw, ""); err == nil {
		t.Error("batch normalisation: no error")
	}
	if _, err := Compare(context.Background(), nets["conv"].float(t), &tflite.Model{}, s.all, 5); err == nil {
		t.Error("compare with nothing: no error")
	}
	if _, err := Quantise(t.Context(), &tflite.Model{}, s.normal, Options{}); err == nil {
		t.Error("nothing: no error")
	}
	for name, bad := range map[string]float32{
		"NaN": float32(math.NaN()), "infinite": float32(math.Inf(1)), "huge": 1e30,
	} {
		w := s.net.Weights(0)
		keep := w.W[0]
		w.W[0] = bad
		if _, err := Quantise(t.Context(), s.float(t), s.normal, Options{}); err == nil {
			t.Errorf("%s weight: no error", name)
		}
		w.W[0] = keep
	}
}

// TestDeadChannel has a channel whose weights are 0 and whose bias is large for
// them.
func TestDeadChannel(t *testing.T) {
	s := smallNets(t)["dense"]
	w := s.net.Weights(0)
	for i := 1; i < len(w.W); i += len(w.Bias) {
		w.W[i] = 0
	}
	w.Bias[1] = 3
	float := s.float(t)
	m, err := Quantise(t.Context(), float, s.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(context.Background(), float, m, s.all, 50)
	if err != nil {
		t.Fatal(err)
	}
	if r.Layers[0].SQNRDB < 20 {
		t.Errorf("SQNR %.1f dB with a dead channel", r.Layers[0].SQNRDB)
	}
}

func TestChooseRange(t *testing.T) {
	even := span{low: 0, high: 1, counts: make([]float64, histogramBins)}
	for i := range even.counts {
		even.counts[i] = 1
	}
	if c := even.choose(identity); c.zero != -128 || math.Abs(float64(c.scale)*255-1) > 0.03 {
		t.Errorf("uniform values: %+v", c)
	}
	// One value at 3 among ten million up to 1 is worth clamping.
	odd := span{low: 0, high: 3, counts: make([]float64, histogramBins)}
	for i := range histogramBins / 3 {
		odd.counts[i] = 1e7 / (histogramBins / 3)
	}
	odd.counts[histogramBins-1] = 1
	if c := odd.choose(identity); float64(c.scale)*255 > 1.2 {
		t.Errorf("one outlier at 3 among values up to 1: %+v", c)
	}
	// After a logistic function it is worth nothing at all.
	wide := span{low: -40, high: 40, counts: make([]float64, histogramBins)}
	for i := range wide.counts {
		wide.counts[i] = 1
	}
	if plain, after := wide.choose(identity), wide.choose(logistic); after.scale >= plain.scale {
		t.Errorf("range before a logistic function: %+v, without one %+v", after, plain)
	}
	var dead span
	dead.widen(make([]float32, 10), 1)
	dead.count(make([]float32, 10))
	if c := dead.choose(identity); c.scale != minScale {
		t.Errorf("zeros: %+v", c)
	}
}

func TestDecibels(t *testing.T) {
	for _, c := range []struct{ signal, noise, want float64 }{
		{1, 0, MaxSQNRDB}, {0, 0, MaxSQNRDB}, {0, 1, -MaxSQNRDB}, {100, 1, 20}, {1e-300, 1e300, -MaxSQNRDB},
	} {
		if got := decibels(c.signal, c.noise); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%g by %g is %g dB, want %g", c.signal, c.noise, got, c.want)
		}
	}
}
