package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

// into makes files in a folder, as a command does.
func into(dir string) func(int) (File, string, error) {
	return func(part int) (File, string, error) {
		name := filepath.Join(dir, fmt.Sprint(part, ".wav"))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return f, name, err
	}
}

// record records a source and returns the first channel of what was written.
func record(ctx context.Context, t *testing.T, src hw.Source, o Options) (Summary, []int32) {
	t.Helper()
	o.Create = into(t.TempDir())
	s, err := Record(ctx, src, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, written(t, s.File)
}

// written returns the first channel of a file, as far as it goes, as any program reads it.
func written(t *testing.T, path string) (first []int32) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	h, err := wav.ReadHeader(f)
	if err != nil {
		t.Fatal(err)
	}
	if f := h.Format; f.SampleRateHz != rate || f.Channels != 2 || f.BitsPerSample != 24 {
		t.Errorf("written as %v", f)
	}
	raw, err := io.ReadAll(h.Data)
	if err != nil {
		t.Fatal(err)
	}
	if h.Data.Truncated() {
		t.Errorf("%s says that it holds more than it does", path)
	}
	pcm := make([]int32, len(raw)/3)
	h.Encoding.Decode(pcm, raw)
	for i := 0; i+1 < len(pcm); i += 2 {
		first = append(first, pcm[i])
	}
	return first
}

// gapsOf returns where a file says that samples were lost.
func gapsOf(t *testing.T, path string) []wav.Gap {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	h, err := wav.ReadHeader(f)
	if err != nil {
		t.Fatal(err)
	}
	return h.About.Gaps
}

// TestGap keeps a gap of the last value, of its length, so that what follows is at its time.
func TestGap(t *testing.T) {
	src := &counting{end: 4, err: io.EOF}
	s, got := record(t.Context(), t, src, Options{})
	if src.room != 2*20 {
		t.Errorf("blocks of %d values, want those of 20 ms on two channels", src.room)
	}
	want := make([]int32, 47)
	for i := range want {
		want[i] = int32(i+1) << 16
		if i >= 20 && i < 27 {
			want[i] = want[19]
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
	if gaps := gapsOf(t, s.File); !slices.Equal(gaps, []wav.Gap{{At: 20, Times: 7}}) {
		t.Errorf("the file tells of the gaps %v", gaps)
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
	if len(got) != 20 || s.Stopped != SourceBroke || !errors.Is(s.Early, gone) {
		t.Errorf("%d samples, stopped since %s: %v", len(got), s.Stopped, s.Early)
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
		s.Early != nil || s.Stopped != Interrupted {
		t.Errorf("after Ctrl-C: %d samples, stopped since %s: %v", len(got), s.Stopped, s.Early)
	}
}

// narrow is a file with room for so many bytes, where new ones are concerned.
type narrow struct {
	*os.File
	room int
	end  int64
}

func (n *narrow) Write(b []byte) (int, error) {
	at, err := n.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	grows := max(0, int(at)+len(b)-int(n.end))
	if grows > n.room {
		b = b[:len(b)-grows+n.room]
		grows, err = n.room, errors.New("no space left on device")
	}
	n.room -= grows
	n.end += int64(grows)
	m, writeErr := n.File.Write(b)
	return m, errors.Join(err, writeErr)
}

// TestFullDisk keeps what had room, says so, and the file can be read.
func TestFullDisk(t *testing.T) {
	create := into(t.TempDir())
	o := Options{Create: func(part int) (File, string, error) {
		f, name, err := create(part)
		file, _ := f.(*os.File)
		return &narrow{File: file, room: 80 + 8 + 8<<10 + 6*33 + 5}, name, err
	}}
	s, err := Record(t.Context(), &counting{end: math.MaxUint64}, o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Stopped != FileFailed || s.Early == nil || !strings.Contains(s.Early.Error(), "no space left") {
		t.Errorf("stopped since %s: %v", s.Stopped, s.Early)
	}
	if got := written(t, s.File); len(got) != 33 || got[32] != 33<<16 {
		t.Errorf("%d samples are kept, want 33", len(got))
	}
	if _, err := Record(t.Context(), &counting{}, Options{Create: func(int) (File, string, error) {
		return nil, "", os.ErrPermission
	}}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a file that may not be made: %v", err)
	}
}

// TestFullDiskParts keeps the parts that had room, and neither names nor leaves one without a sample, whether its
// header had room or not.
func TestFullDiskParts(t *testing.T) {
	for _, room := range []int{10, 80 + 8 + 8<<10, 80 + 8 + 8<<10 + 6*5} { // of the third part
		dir := t.TempDir()
		create := into(dir)
		s, err := Record(t.Context(), &counting{end: math.MaxUint64}, Options{
			Split: 30 * time.Millisecond, Discard: os.Remove,
			Create: func(part int) (File, string, error) {
				f, name, err := create(part)
				if file, ok := f.(*os.File); ok && part == 2 {
					return &narrow{File: file, room: room}, name, err
				}
				return f, name, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		files, want := 2, 60
		if room == 80+8+8<<10+6*5 {
			files, want = 3, 65
		}
		got := 0
		for _, name := range s.Files {
			got += len(written(t, name))
		}
		left, err := os.ReadDir(dir)
		if err != nil || s.Stopped != FileFailed || len(s.Files) != files || len(left) != files || got != want {
			t.Errorf("room for %d bytes: %v, %s, files %q, %d in the folder, %d samples", room, err, s.Stopped, s.Files,
				len(left), got)
		}
	}
}

// TestKilled reads the file while it is being recorded: what a program that is killed
// leaves behind.
func TestKilled(t *testing.T) {
	var name string
	create := into(t.TempDir())
	seconds := 0
	o := Options{Duration: 3500 * time.Millisecond, Create: func(part int) (f File, _ string, err error) {
		f, name, err = create(part)
		return f, name, err
	}}
	o.Progress = func(_ []*level.Meter, at time.Duration, _ uint64) {
		if at%(500*time.Millisecond) > 10*time.Millisecond {
			return
		}
		got := written(t, name)
		if late := at - time.Duration(len(got))*time.Millisecond; late > time.Second || late < 0 {
			t.Errorf("after %v the file has %d ms", at, len(got))
		}
		seconds++
	}
	s, err := Record(t.Context(), &counting{end: math.MaxUint64}, o)
	if err != nil || seconds < 6 {
		t.Errorf("looked %d times, %v", seconds, err)
	}
	if s.Stopped != TimeOver || len(written(t, name)) != 3500 {
		t.Errorf("stopped since %s, %d samples", s.Stopped, len(written(t, name)))
	}
}

// TestSplit loses nothing between two files, whatever the blocks are.
func TestSplit(t *testing.T) {
	dir := t.TempDir()
	o := Options{Duration: 100 * time.Millisecond, Split: 33 * time.Millisecond, Create: into(dir)}
	s, err := Record(t.Context(), &counting{end: math.MaxUint64}, o)
	if err != nil || len(s.Files) != 4 || s.File != s.Files[0] {
		t.Fatalf("files %q, first %s, %v", s.Files, s.File, err)
	}
	var all []int32
	for i, name := range s.Files {
		got := written(t, name)
		if want := []int{33, 33, 33, 1}[i]; len(got) != want {
			t.Errorf("file %d has %d samples, want %d", i, len(got), want)
		}
		all = append(all, got...)
	}
	for i, v := range all {
		if want := int32(i+1) << 16; v != want && !(i >= 20 && i < 27 && v == 20<<16) {
			t.Errorf("sample %d is %#x, want %#x", i, v, want)
		}
	}
	// The gap of 7 at sample 20 lies in the first file; cut at 23, it would lie in two.
	o.Split, o.Create = 23*time.Millisecond, into(t.TempDir())
	if s, err = Record(t.Context(), &counting{end: math.MaxUint64}, o); err != nil {
		t.Fatal(err)
	}
	if a, b := gapsOf(t, s.Files[0]), gapsOf(t, s.Files[1]); !slices.Equal(a, []wav.Gap{{At: 20, Times: 3}}) ||
		!slices.Equal(b, []wav.Gap{{At: 0, Times: 4}}) {
		t.Errorf("a gap in two files is told as %v and %v", a, b)
	}
	o.Create = into(dir) // they are there already
	if _, err := Record(t.Context(), &counting{}, o); !errors.Is(err, os.ErrExist) {
		t.Errorf("recorded over another recording: %v", err)
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
