package recorder

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

const rate = 1000

// counting is a source whose samples count up by 65536 on both channels, in blocks of at
// most ten sample times, with a gap before its third block, until it ends by an error.
type counting struct {
	room         int // values that the last block had room for
	next, blocks uint64
	end          uint64
	err          error
}

func (*counting) String() string { return "counting" }
func (*counting) Halt() error    { return nil }
func (*counting) Format() hw.Format {
	return hw.Format{SampleRateHz: rate, Channels: 2, BitsPerSample: 20}
}

func (c *counting) Read(_ context.Context, b *hw.Block) error {
	if c.blocks >= c.end {
		return c.err
	}
	b.Lost = 0
	if c.blocks == 2 {
		b.Lost = 7
	}
	c.next += b.Lost
	b.FirstSample = c.next
	c.room = cap(b.PCM)
	b.PCM = b.PCM[:min(20, cap(b.PCM))]
	for i := range b.PCM {
		b.PCM[i] = int32(c.next+uint64(i/2)+1) << 16
	}
	c.next += uint64(len(b.PCM) / 2)
	c.blocks++
	return nil
}

// record records a source and returns the first channel of what was written.
func record(ctx context.Context, t *testing.T, src hw.Source, o Options) (Summary, []int32) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Record(ctx, src, f, o)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := wav.Open(path, wav.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Halt() }() // it was only read
	if f := r.Format(); f.SampleRateHz != rate || f.Channels != 2 || f.BitsPerSample != 24 {
		t.Errorf("written as %v", f)
	}
	var first []int32
	b := hw.Block{PCM: make([]int32, 64)}
	for {
		if err := r.Read(t.Context(), &b); errors.Is(err, io.EOF) {
			return s, first
		} else if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(b.PCM); i += 2 {
			first = append(first, b.PCM[i])
		}
	}
}

// TestGap keeps a gap as silence of its length, so that what follows is at its time.
func TestGap(t *testing.T) {
	src := &counting{end: 4, err: io.EOF}
	s, got := record(t.Context(), t, src, Options{})
	if src.room != 2*20 {
		t.Errorf("blocks of %d values, want those of 20 ms on two channels", src.room)
	}
	want := make([]int32, 47)
	for i := range want {
		if i < 20 || i >= 27 {
			want[i] = int32(i+1) << 16
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("sample %d is %#x, want %#x", i, got[i], want[i])
		}
	}
	if s.Lost != 7 || s.DurationS != 0.047 || s.Bits != 24 {
		t.Errorf("%d samples lost in %g s of %d bits, want 7 in 0.047 s of 24 bits", s.Lost, s.DurationS, s.Bits)
	}
	if s.Early != nil {
		t.Errorf("ended early: %v", s.Early)
	}
	for _, want := range []string{"7 samples were lost", "both channels are the same to the last bit"} {
		if !strings.Contains(strings.Join(s.Warnings, " "), want) {
			t.Errorf("warnings %q, want %q", s.Warnings, want)
		}
	}
}

// TestDuration ends at the sample that was asked for, in a block and in a gap.
func TestDuration(t *testing.T) {
	for _, n := range []int{1, 10, 15, 23, 27, 30} {
		s, got := record(t.Context(), t, &counting{end: math.MaxUint64},
			Options{Duration: time.Duration(n) * time.Millisecond})
		if len(got) != n || s.DurationS != float64(n)/rate || s.Early != nil {
			t.Errorf("%d ms: %d samples, %+v", n, len(got), s)
		}
	}
}

// TestEarly keeps what came before a source failed, and says why it ended.
func TestEarly(t *testing.T) {
	gone := errors.New("unplugged")
	s, got := record(t.Context(), t, &counting{end: 2, err: gone}, Options{Duration: time.Hour})
	if len(got) != 20 || !errors.Is(s.Early, gone) {
		t.Errorf("%d samples, %v", len(got), s.Early)
	}
	if s, got = record(t.Context(), t, &counting{err: io.EOF}, Options{}); len(got) != 0 ||
		!errors.Is(s.Early, errNothing) {
		t.Errorf("%d samples, %v", len(got), s.Early)
	}
	ctx, cancel := context.WithCancel(t.Context())
	blocks := 0
	progress := func(meters []*level.Meter, at time.Duration, lost uint64) {
		if blocks++; blocks == 3 {
			if len(meters) != 2 || at != 37*time.Millisecond || lost != 7 {
				t.Errorf("progress at %v, %d lost", at, lost)
			}
			cancel()
		}
	}
	if s, got = record(ctx, t, &counting{end: math.MaxUint64}, Options{Progress: progress}); len(got) != 37 ||
		s.Early != nil {
		t.Errorf("after Ctrl-C: %d samples, %v", len(got), s.Early)
	}
}

// full is a file without room.
type full struct{ bytes.Buffer }

func (*full) Write([]byte) (int, error)      { return 0, errors.New("no space left") }
func (*full) Seek(int64, int) (int64, error) { return 0, nil }

func TestFileFails(t *testing.T) {
	if _, err := Record(t.Context(), &counting{end: math.MaxUint64}, &full{}, Options{}); err == nil ||
		!strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
}

// TestJudge warns of what no training could use.
func TestJudge(t *testing.T) {
	meters := NewMeters(hw.Format{SampleRateHz: rate, Channels: 4, BitsPerSample: 32})
	pcm := make([]int32, 4*1000)
	for i := range 1000 {
		pcm[4*i+1] = int32(i%2*2-1) * 1000                 // quiet
		pcm[4*i+2] = int32(math.MaxInt32) * int32(i%2*2-1) // clipped
		pcm[4*i+3] = int32(i%2*2-1) << 24
	}
	for ch := range meters {
		meters[ch].WriteChannel(pcm, ch, 4)
	}
	channels, warnings := Judge(rate, meters, []string{"a", "b", "c", "d"}, 0)
	text := strings.Join(warnings, "\n")
	for _, want := range []string{"a is dead", "b is very quiet", "c clipped at"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("warnings\n%s", text)
	}
	if got := channels[0].String(); !strings.HasPrefix(got, "level -inf dBFS") {
		t.Errorf("a dead channel is %s", got)
	}
	if got := channels[3].String(); !strings.HasPrefix(got, "level -42.1 dBFS, peak -42.1 dBFS, DC +0.0000") {
		t.Errorf("channel d is %s", got)
	}
}

// TestWarnings looks at microphones that are not as they should be, the left one well.
func TestWarnings(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(int) int32 { return random.Int32N(1<<20) - 1<<19 }
	kept := make([]int32, 16000)
	for i := range kept {
		kept[i] = noise(i)
	}
	for name, c := range map[string]struct {
		right func(i int) int32
		want  []string
	}{
		"well": {noise, nil},
		"dead": {func(int) int32 { return 5 }, []string{"right is dead: every sample has the same value"}},
		"stuck": {
			func(i int) int32 { return kept[i%8000%7000] * int32(min(i/4000%2, 1)) }, []string{"right: 4000 samples in a row"},
		},
		"offset":   {func(i int) int32 { return 1<<30 + noise(i) }, []string{"right: the direct component is 0.5"}},
		"copied":   {func(i int) int32 { return kept[i] }, []string{"both channels are the same"}},
		"inverted": {func(i int) int32 { return -kept[i] }, []string{"differ in their sign only"}},
		"quiet":    {func(i int) int32 { return noise(i) >> 8 }, []string{"right is very quiet"}},
	} {
		meters := NewMeters(hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 32})
		var pair level.Pair
		for i := range kept {
			pcm := []int32{kept[i], c.right(i)}
			meters[0].WriteChannel(pcm, 0, 2)
			meters[1].WriteChannel(pcm, 1, 2)
			pair.Write(pcm, 0, 1, 2)
		}
		_, warnings := Judge(16000, meters, []string{"left", "right"}, 0)
		warnings = append(warnings, Compare(&pair)...)
		if len(warnings) != len(c.want) {
			t.Errorf("%s: warnings %q, want %q", name, warnings, c.want)
		}
		for _, want := range c.want {
			if !strings.Contains(strings.Join(warnings, "\n"), want) {
				t.Errorf("%s: warnings %q, want %q", name, warnings, want)
			}
		}
	}
}

func TestStoredBits(t *testing.T) {
	for bits, want := range map[int]int{1: 16, 8: 16, 16: 16, 17: 24, 20: 24, 24: 24, 25: 32, 32: 32} {
		if got := storedBits(bits); got != want {
			t.Errorf("%d bits are stored in %d, want %d", bits, got, want)
		}
	}
}

// TestRoom ends a mebibyte before the 4 GiB that a WAV file can say.
func TestRoom(t *testing.T) {
	for _, c := range []struct {
		bits, channels int
		want           uint64
	}{{16, 1, 4293918719 / 2}, {24, 2, 4293918719 / 6}, {32, 8, 4293918719 / 32}} {
		if got := room(hw.Format{SampleRateHz: 48000, Channels: c.channels, BitsPerSample: c.bits}); got != c.want {
			t.Errorf("%d channels of %d bits: %d sample times, want %d", c.channels, c.bits, got, c.want)
		}
	}
}

// TestQuiet warns below -80 dBFS.
func TestQuiet(t *testing.T) {
	for db, want := range map[float64]bool{-79.9: false, -80.1: true, -81.1: true} {
		meters := NewMeters(hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 32})
		pcm := make([]int32, 1000)
		for i := range pcm {
			pcm[i] = int32(math.Round(math.Pow(10, db/20)*(1<<31))) * int32(1-2*(i%2))
		}
		meters[0].WriteChannel(pcm, 0, 1)
		if _, warnings := Judge(rate, meters, []string{"a"}, 0); (len(warnings) > 0) != want {
			t.Errorf("%g dBFS: warnings %q", db, warnings)
		}
	}
}
