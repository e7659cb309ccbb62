package dsp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// heard keeps what a Stream tells.
type heard struct {
	stream *Stream
	frames [][]DB
	ends   []float64 // of frames, in seconds after the present Write's first sample
	breaks []int     // frames before each
}

func (h *heard) Frame(levels []DB) {
	h.frames = append(h.frames, slices.Clone(levels))
	h.ends = append(h.ends, h.stream.FrameEnd())
}

func (h *heard) Break() { h.breaks = append(h.breaks, len(h.frames)) }

// listen writes samples of a rate in blocks to a new Stream of the default profile.
func listen(t testing.TB, in Input, pcm []int32, block int) *heard {
	t.Helper()
	s, err := NewStream(DefaultProfile(), in)
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{stream: s}
	for part := range slices.Chunk(pcm, block*max(in.Channels, 1)) {
		s.Write(part, h)
	}
	return h
}

// at describes samples of one channel.
func at(sampleRateHz int) Input { return Input{SampleRateHz: sampleRateHz} }

// sound returns seconds of many tones below 7 kHz, the same at every rate, on top of a
// constant, with samples from -1 to 1.
func sound(sampleRateHz int, seconds, constant float64) []int32 {
	rng := rand.New(rand.NewPCG(7, 8))
	pcm := make([]float64, int(seconds*float64(sampleRateHz)))
	for hz := 50.0; hz < 6990; hz += 37 + 11*rng.Float64() {
		phase := 2 * math.Pi * rng.Float64()
		for i := range pcm {
			pcm[i] += math.Sin(2*math.Pi*hz*float64(i)/float64(sampleRateHz) + phase)
		}
	}
	out := make([]int32, len(pcm))
	for i, v := range pcm {
		out[i] = int32(math.Round((v/400 + constant) * (1 << 31)))
	}
	return out
}

// TestStreamHearsTheSame compares the same sound at rates that people have: once the
// filter has settled, every band reads the same.
func TestStreamHearsTheSame(t *testing.T) {
	want := listen(t, at(16000), sound(16000, 1, 0), 512).frames
	for _, rate := range []int{14400, 15999, 16001, 22050, 44056, 44100, 48000, 96000, 192000} {
		got := listen(t, at(rate), sound(rate, 1, 0), 777).frames
		if len(got) < len(want)-1 || len(got) > len(want) {
			t.Fatalf("%d Hz: %d frames, want about %d", rate, len(got), len(want))
		}
		worst := 0.0
		for b := range want[0] {
			// The filter's delay moves frames against each other: means of power tell more.
			var a, z float64
			for i := 2; i < len(want)-1; i++ {
				a += math.Pow(10, want[i][b].Float64()/10)
				z += math.Pow(10, got[i][b].Float64()/10)
			}
			worst = max(worst, math.Abs(10*math.Log10(z/a)))
		}
		t.Logf("%d Hz: bands are at most %.3f dB apart", rate, worst)
		if worst > 0.02 && rate != 14400 || worst > 0.06 {
			t.Errorf("%d Hz: bands are %.3f dB apart", rate, worst)
		}
		if again := listen(t, at(rate), sound(rate, 1, 0), 31).frames; !slices.EqualFunc(got, again, slices.Equal) {
			t.Errorf("%d Hz: other blocks give other bits", rate)
		}
	}
}

// TestStreamHearsNoConstant hears the same whatever constant the sound has, from the first
// frame on.
func TestStreamHearsNoConstant(t *testing.T) {
	for _, rate := range []int{16000, 44056, 48000} {
		want := listen(t, at(rate), sound(rate, 0.5, 0), 480).frames
		for _, constant := range []float64{0.05, 0.5, -0.5} {
			got := listen(t, at(rate), sound(rate, 0.5, constant), 480).frames
			for i := range want {
				for b, level := range want[i] {
					if d := math.Abs(got[i][b].Float64() - level.Float64()); d > 0.01 {
						t.Fatalf("%d Hz, %g: frame %d, band %d: %.4f dB apart", rate, constant, i, b, d)
					}
				}
			}
		}
	}
}

// TestStreamTakesAChannel hears the second of three as if it were alone.
func TestStreamTakesAChannel(t *testing.T) {
	mono := sound(48000, 0.3, 0)
	pcm := make([]int32, 3*len(mono))
	for i, v := range mono {
		pcm[3*i], pcm[3*i+1], pcm[3*i+2] = 1<<30, v, int32(i)
	}
	want := listen(t, at(48000), mono, 1000).frames
	got := listen(t, Input{SampleRateHz: 48000, Channels: 3, Channel: 1}, pcm, 333).frames
	if len(want) == 0 || !slices.EqualFunc(got, want, slices.Equal) {
		t.Error("a channel of three sounds otherwise than alone")
	}
}

// TestStreamLeavesDeadStretchesOut puts 300 ms of one value into a second of sound: what
// comes after it gives the frames of a stream that begins there with the mean of before.
func TestStreamLeavesDeadStretchesOut(t *testing.T) {
	for _, rate := range []int{16000, 48000} {
		before, after := sound(rate, 0.5, 0.1), sound(rate, 0.7, 0.1)
		for _, value := range []int32{0, 1 << 28, math.MinInt32} {
			dead := slices.Repeat([]int32{value}, rate*3/10)
			pcm := slices.Concat(before, dead, after)
			got := listen(t, at(rate), pcm, 480)
			s, err := NewStream(DefaultProfile(), at(rate))
			if err != nil {
				t.Fatal(err)
			}
			want := &heard{stream: s}
			s.Write(before, want)
			s.Write(dead[:holdSamples], want)
			first := len(want.frames)
			s.Gap()
			s.Write(after, want)
			if !slices.EqualFunc(got.frames, want.frames, slices.Equal) {
				t.Errorf("%d Hz, %d: a dead stretch is no gap", rate, value)
			}
			if !slices.Equal(got.breaks, []int{first}) {
				t.Errorf("%d Hz, %d: breaks after frames %v, want %d", rate, value, got.breaks, first)
			}
			left := uint64(len(dead) - holdSamples)
			if total, now := got.stream.LeftOut(), got.stream.DeadSamples(); total != left || now != 0 {
				t.Errorf("%d Hz, %d: %d samples left out (dead for %d), want %d", rate, value, total, now, left)
			}
			// The first frame after it ends a frame's length after the sound goes on.
			whole := listen(t, at(rate), pcm, len(pcm))
			end := float64(len(before)+len(dead))/float64(rate) + 0.064
			if math.Abs(whole.ends[first]-end) > 1e-9 || math.Abs(whole.ends[0]-0.064) > 1e-9 {
				t.Errorf("%d Hz: frames end at %v and %v s, want 0.064 and %v", rate, whole.ends[0], whole.ends[first], end)
			}
		}
		// A little less is quiet, not dead, and nothing of it is lost.
		short := slices.Concat(before, slices.Repeat([]int32{5}, rate/10-1), after)
		got := listen(t, at(rate), short, 100)
		frames := (len(short)*16000/rate-1024)/512 + 1
		if total := got.stream.LeftOut(); total != 0 || len(got.breaks) > 0 || len(got.frames) != frames {
			t.Errorf("%d Hz: %d dead samples, %d breaks, %d frames of a short pause", rate, total, len(got.breaks), len(got.frames))
		}
	}
}

// TestStreamDeadFromTheStart hears nothing of a dead recording, and takes the mean of what
// comes after such a start.
func TestStreamDeadFromTheStart(t *testing.T) {
	dead := make([]int32, 16000)
	got := listen(t, at(16000), dead, 700)
	total, now := got.stream.LeftOut(), got.stream.DeadSamples()
	if total != uint64(len(dead)-holdSamples) || now != uint64(len(dead)) || len(got.frames) > 0 {
		t.Errorf("%d samples left out (dead for %d), %d frames", total, now, len(got.frames))
	}
	after := sound(16000, 0.5, 0.5)
	late := listen(t, at(16000), slices.Concat(dead, after), 700)
	if want := listen(t, at(16000), after, 700); !slices.EqualFunc(late.frames, want.frames, slices.Equal) {
		t.Error("a dead start is heard in what follows")
	}
}

func TestStreamRestart(t *testing.T) {
	s, err := NewStream(DefaultProfile(), at(48000))
	if err != nil {
		t.Fatal(err)
	}
	pcm := sound(48000, 0.2, 0.3)
	first, second := &heard{stream: s}, &heard{stream: s}
	s.Write(pcm[:9000], first)
	s.Write(make([]int32, 48000), first)
	s.Restart()
	if s.LeftOut() != 0 || s.DeadSamples() != 0 {
		t.Error("a stream that begins anew is dead")
	}
	s.Write(pcm[:9000], second)
	if n := len(second.frames); n == 0 || !slices.EqualFunc(first.frames[:n], second.frames, slices.Equal) {
		t.Error("a stream that begins anew remembers")
	}
}

// deaf takes no notice.
type deaf struct{}

func (deaf) Frame([]DB) {}
func (deaf) Break()     {}

func TestStreamDoesNotAllocate(t *testing.T) {
	for _, rate := range []int{16000, 16001, 48000} {
		s, err := NewStream(DefaultProfile(), Input{SampleRateHz: rate, Channels: 2, Channel: 1})
		if err != nil {
			t.Fatal(err)
		}
		pcm := slices.Concat(sound(rate, 0.2, 0), make([]int32, 2*rate/10*2), sound(rate, 0.1, 0), make([]int32, 100))
		if n := testing.AllocsPerRun(20, func() { s.Write(pcm, deaf{}) }); n != 0 {
			t.Errorf("%d Hz: %g allocations a block", rate, n)
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	for want, in := range map[string]Input{
		"samples of 8000 Hz for a profile of 16000 Hz": {SampleRateHz: 8000},
		"needs 14359 Hz or more":                       {SampleRateHz: 14358},
		"rates must be 1 to 10000000":                  {},
		"channel 2: there are 2":                       {SampleRateHz: 16000, Channels: 2, Channel: 2},
		"channel -1":                                   {SampleRateHz: 16000, Channel: -1},
	} {
		if _, err := NewStream(DefaultProfile(), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", in, err, want)
		}
	}
	if got := DefaultProfile().LowestRateHz(); got != 14359 {
		t.Errorf("lowest rate %d", got)
	}
	if _, err := NewStream(Profile{}, at(8000)); err == nil {
		t.Error("an empty profile was taken")
	}
}

// TestFlatHz says where a band edge can be heard at another rate.
func TestFlatHz(t *testing.T) {
	half := DefaultProfile()
	half.MaxHz = 8000
	for _, c := range []struct {
		p    Profile
		rate int
		want float64
	}{
		{DefaultProfile(), 16000, 7000}, {DefaultProfile(), 48000, 7000}, {DefaultProfile(), 14359, 7000},
		{half, 16000, 8000}, {half, 48000, 7800}, {half, 15900, 7751.25},
	} {
		if got := c.p.FlatHz(c.rate); got != c.want {
			t.Errorf("bands to %g Hz at %d Hz: flat to %g Hz, want %g", c.p.MaxHz, c.rate, got, c.want)
		}
	}
}

// FuzzStream writes any samples at any rate in any blocks: the same frames however they
// are cut, and every sample is heard or dead.
func FuzzStream(f *testing.F) {
	f.Add(uint16(16000), uint8(7), uint8(0), []byte("some samples, not many"))
	f.Add(uint16(48000), uint8(200), uint8(90), make([]byte, 4000))
	f.Add(uint16(16001), uint8(1), uint8(30), slices.Repeat([]byte{1, 200, 255, 127}, 700))
	f.Fuzz(func(t *testing.T, rate uint16, cut, dead uint8, raw []byte) {
		p := DefaultProfile()
		p.FrameLength, p.HopLength, p.Bands = 128, 64, 8
		if int(rate) < p.LowestRateHz() {
			return
		}
		var pcm []int32
		for i, b := range raw[:min(len(raw), 2000)] {
			pcm = append(pcm, int32(b)<<24|int32(i))
			if b == 0 && len(pcm) < 20000 { // a stretch of one value, dead or not
				pcm = append(pcm, slices.Repeat([]int32{int32(b) << 23}, int(dead)*int(rate)/1000)...)
			}
		}
		var got [2]*heard
		for i, block := range []int{len(pcm) + 1, int(cut) + 1} {
			s, err := NewStream(p, at(int(rate)))
			if err != nil {
				t.Fatal(err)
			}
			got[i] = &heard{stream: s}
			for part := range slices.Chunk(pcm, block) {
				s.Write(part, got[i])
			}
		}
		a, b := got[0], got[1]
		deadA, nowA := a.stream.LeftOut(), a.stream.DeadSamples()
		deadB, nowB := b.stream.LeftOut(), b.stream.DeadSamples()
		if !slices.EqualFunc(a.frames, b.frames, slices.Equal) || !slices.Equal(a.breaks, b.breaks) ||
			deadA != deadB || nowA != nowB {
			t.Fatal(fmt.Sprint("blocks give other frames: ", a.breaks, b.breaks, deadA, deadB))
		}
	})
}

func BenchmarkStream(b *testing.B) {
	for _, rate := range []int{16000, 48000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			s, err := NewStream(DefaultProfile(), Input{SampleRateHz: rate, Channels: 2, Channel: 1})
			if err != nil {
				b.Fatal(err)
			}
			pcm := sound(rate, 1, 0)
			for b.Loop() {
				s.Write(pcm, deaf{})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(pcm)/2), "ns/sample")
		})
	}
}
