package dataset

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// ear is a pipeline's scorer that keeps the codes, and a sink that takes no notice.
type ear struct {
	codes  []int8
	resets []int // frames before each
	bands  int
}

func (e *ear) Push(codes []int8) (model.Score, bool) {
	e.codes = append(e.codes, codes...)
	return model.Score{}, false
}
func (e *ear) Reset()                            { e.resets = append(e.resets, len(e.codes)/e.bands) }
func (*ear) SetConditions([]float64)             {}
func (*ear) Observe(string, *decide.Observation) {}
func (*ear) Fault(string, fault.Code, error)     {}

// card is a fake sound card with a constant on both channels, which falls dead for half a
// second, 10 ms a block.
type card struct {
	is   hw.Format
	rng  *rand.Rand
	next uint64
}

func newCard(f hw.Format) *card {
	f.Channels = 2
	return &card{is: f, rng: rand.New(rand.NewPCG(3, uint64(f.SampleRateHz)))}
}

func (*card) String() string      { return "card" }
func (*card) Halt() error         { return nil }
func (c *card) Format() hw.Format { return c.is }

func (c *card) Read(_ context.Context, b *hw.Block) error {
	n, drop := c.is.SampleRateHz/100, 32-c.is.BitsPerSample
	if c.next >= uint64(3*c.is.SampleRateHz) {
		return io.EOF
	}
	b.PCM = b.PCM[:min(2*n, cap(b.PCM)/2*2)]
	b.FirstSample, b.Lost, b.Time = c.next, 0, time.Unix(0, int64(c.next)*int64(time.Second)/int64(c.is.SampleRateHz))
	for i := range b.PCM {
		s := float64(c.next+uint64(i/2)) / float64(c.is.SampleRateHz)
		v := []float64{0.3, -0.05}[i%2] + 0.1*math.Sin(2*math.Pi*170*s) + 0.02*c.rng.NormFloat64()
		if b.PCM[i] = int32(v*(1<<31)) >> drop << drop; s > 1.5 && s < 2 {
			b.PCM[i] = 7 << drop
		}
	}
	c.next += uint64(len(b.PCM) / 2)
	return nil
}

// TestLearnedIsHeard hears a card live, through the node's pipeline, and what was recorded of
// it, as it is learned: the same codes, bit for bit, and new beginnings at the same frames.
func TestLearnedIsHeard(t *testing.T) {
	for _, f := range []hw.Format{
		{SampleRateHz: 16000, BitsPerSample: 16}, {SampleRateHz: 44100, BitsPerSample: 24},
		{SampleRateHz: 48000, BitsPerSample: 32},
	} {
		profile := dsp.DefaultProfile()
		live := &ear{bands: profile.Bands}
		p, err := pipeline.New(pipeline.Config{
			Source: "card", Channel: 1, Profile: profile, Scorer: live, Sink: live,
			Decision: decide.Settings{Threshold: 1, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1},
			Open:     func(context.Context) (hw.Source, error) { return newCard(f), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "recorded.wav")
		if _, err := recorder.Record(t.Context(), newCard(f), recorder.Options{
			Create: func(int) (recorder.File, string, error) { file, err := os.Create(path); return file, path, err },
		}); err != nil {
			t.Fatal(err)
		}
		l, err := NewListener(profile, 1)
		if err != nil {
			t.Fatal(err)
		}
		learned := &ear{bands: profile.Bands, resets: []int{0}}
		warning, err := l.Listen(t.Context(), &Clip{Name: path}, Cut{}, Ear{
			Frame: func(_ int, codes []int8) error { learned.codes = append(learned.codes, codes...); return nil },
			Break: func(int) error { learned.Reset(); return nil },
			End:   func(int, Heard) error { return nil },
		})
		if err != nil || warning == "" {
			t.Fatalf("%q, %v", warning, err)
		}
		// 1.5 s and 1 s of 31 frames a second or so.
		if n := len(live.codes) / profile.Bands; n < 70 || !slices.Equal(live.codes, learned.codes) {
			t.Errorf("%v: %d frames were heard live, %d learned, or other codes", f, n, len(learned.codes)/profile.Bands)
		}
		if len(live.resets) != 2 || !slices.Equal(live.resets, learned.resets) {
			t.Errorf("%v: heard live, it begins anew at frames %v, learned at %v", f, live.resets, learned.resets)
		}
	}
}
