package learn

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/mpu6050"
)

// bearing opens a simulated MPU-6050 on a bearing at a range: two lines of .2 and .05 g in .02 g of
// noise, with gravity, as the chip's steps have it.
func bearing(t *testing.T, rangeG int, seed uint64) hw.Source {
	t.Helper()
	clock := &acceltest.Clock{}
	chip := acceltest.NewMPU6050(clock, acceltest.Options{Signal: func(index uint64) (v [3]int16) {
		s := float64(index) / 1000
		rng := rand.New(rand.NewPCG(seed, index)) // the chip is asked byte by byte
		for axis := range v {
			g := 0.2*math.Sin(2*math.Pi*24.7*s+float64(axis)) + 0.05*math.Sin(2*math.Pi*173*s) + 0.02*rng.NormFloat64()
			if axis == 2 {
				g++
			}
			v[axis] = int16(math.Round(g / float64(rangeG) * (1 << 15)))
		}
		return v
	}})
	chipOnBus, err := mpu6050.NewI2C(chip.I2C(0x68, 10*time.Microsecond), 0x68, accel.Opts{RangeG: rangeG, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	src, err := accel.NewSource(chipOnBus, accel.SourceOptions{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// recordBearing records it as 'auscult record' does.
func recordBearing(t *testing.T, path string, rangeG int, seed uint64) {
	t.Helper()
	src := bearing(t, rangeG, seed)
	defer func() { _ = src.Halt() }() // it was only read
	sum, err := recorder.Record(t.Context(), src, recorder.Options{
		Duration: 20 * time.Second,
		Create: func(int) (recorder.File, string, error) {
			f, err := os.Create(path)
			return f, path, err
		},
	})
	if err != nil || sum.Early != nil || sum.Lost > 0 || sum.FullG != float64(rangeG) {
		t.Fatalf("%+v, %v", sum, err)
	}
}

// scores is a sink that keeps what a node would see.
type scores struct {
	all    []float64
	faults []string
}

func (s *scores) Observe(_ string, o *decide.Observation) { s.all = append(s.all, o.Score) }
func (s *scores) Fault(_ string, code fault.Code, err error) {
	if err != nil {
		s.faults = append(s.faults, fmt.Sprintf("%s: %v", code, err))
	}
}

// limited ends a source after some sample times.
type limited struct {
	hw.Source
	left int
}

func (l *limited) Origin() hw.Origin { return hw.OriginOf(l.Source) }

func (l *limited) Read(ctx context.Context, b *hw.Block) error {
	if l.left <= 0 {
		return io.EOF
	}
	err := l.Source.Read(ctx, b)
	l.left -= len(b.PCM) / l.Format().Channels
	return err
}

// live runs a node's pipeline on a source, and returns the mean score.
func live(t *testing.T, m *model.Model, src hw.Source, seconds int) (float64, []string) {
	t.Helper()
	c, err := pipeline.ForModel(m)
	if err != nil {
		t.Fatal(err)
	}
	var heard scores
	c.Source, c.Channel, c.Sink = "bearing", 2, &heard
	c.Open = func(context.Context) (hw.Source, error) {
		return &limited{src, seconds * src.Format().SampleRateHz}, nil
	}
	p, err := pipeline.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, s := range heard.all {
		sum += s
	}
	return sum / float64(len(heard.all)), heard.faults
}

// rangeTolerance is by how much of the threshold the mean score of the same machine may differ from
// range to range: a step of the chip is eight times as coarse at 16 g as at 2 g.
const rangeTolerance = 0.02

// TestRangesDoNotMatter records an accelerometer, learns from the files and hears it live, at the
// ranges that the chip has: the same scores, for the files say what their full scale is.
func TestRangesDoNotMatter(t *testing.T) {
	for _, learnedAt := range []int{16, 2} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "normal"), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range uint64(4) {
			recordBearing(t, filepath.Join(dir, "normal", fmt.Sprintf("%d.wav", i)), learnedAt, i+1)
		}
		o := quick(dir)
		o.Profile, o.Channel = dsp.VibrationProfileAt(1000), 2
		o.Profile.Bands = 32
		out, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		m := out.Model
		if r := m.Settings.Provenance.Recorded; len(r) != 1 || r[0].Origin.Unit != hw.G ||
			r[0].Origin.FullScale != float64(learnedAt) || !strings.Contains(r[0].Origin.Sensor, "MPU6050") {
			t.Errorf("the model says that it learned from %+v", r)
		}
		threshold := m.Settings.Decision.Threshold
		own, _ := live(t, m, bearing(t, learnedAt, 77), 60)
		line := fmt.Sprintf("learned at %2d g, of the threshold:", learnedAt)
		for _, heardAt := range []int{2, 4, 8, 16} {
			score, faults := live(t, m, bearing(t, heardAt, 77), 60)
			line += fmt.Sprintf(" %d g: %.4f", heardAt, score/threshold)
			if len(faults) > 0 || math.Abs(score-own) > rangeTolerance*threshold {
				t.Errorf("learned at %d g, heard at %d g: %.3f of the threshold instead of %.3f, faults %q", learnedAt, heardAt,
					score/threshold, own/threshold, faults)
			}
		}
		t.Log(line)
	}
}

// microphone is a source that says that it gives sound.
type microphone struct{ hw.Source }

func (microphone) Origin() hw.Origin { return hw.Origin{Unit: hw.FullScale, FullScale: 1} }

// TestSoundIsNoAcceleration does not learn both at once.
func TestSoundIsNoAcceleration(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	recordBearing(t, filepath.Join(dir, "normal", "a.wav"), 2, 1)
	if _, err := recorder.Record(t.Context(), microphone{bearing(t, 2, 2)}, recorder.Options{
		Duration: 20 * time.Second,
		Create: func(int) (recorder.File, string, error) {
			f, err := os.Create(filepath.Join(dir, "normal", "b.wav"))
			return f, "b", err
		},
	}); err != nil {
		t.Fatal(err)
	}
	o := quick(dir)
	o.Profile = dsp.VibrationProfileAt(1000)
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "learn them apart") {
		t.Errorf("learned from sound and acceleration: %v", err)
	}
}
