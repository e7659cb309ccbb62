package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/recording/table"
)

// stereo is a WAV file of two channels, the second the first's negative.
func stereo(t *testing.T, sampleTimes int) (file []byte, format hw.Format, pcm []int32) {
	t.Helper()
	format = hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 16}
	for i := range sampleTimes {
		v := int32(i*7919) << 16 >> 1 &^ 0xffff
		pcm = append(pcm, v, -v)
	}
	var b bytes.Buffer
	if err := wav.Write(&b, format, pcm); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), format, pcm
}

func opener(data []byte) Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

func TestConformance(t *testing.T) {
	file, format, pcm := stereo(t, 1500)
	var second []int32
	for i := 1; i < len(pcm); i += 2 {
		second = append(second, pcm[i])
	}
	for name, channel := range map[string]int{"all channels": -1, "the second": 1} {
		want := hwtest.Want{Format: format, SampleTimes: 1500, PCM: pcm}
		if channel >= 0 {
			want.Format.Channels, want.PCM = 1, second
		}
		t.Run(name, func(t *testing.T) {
			hwtest.TestSource(t, func(t *testing.T) hw.Source {
				r, err := Open("x.wav", opener(file), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if channel >= 0 {
					if err := r.Choose(channel); err != nil {
						t.Fatal(err)
					}
				}
				return r
			}, want)
		})
	}
	t.Run("table", func(t *testing.T) {
		text := strings.Repeat("0.5,1\n-0.5,1.5\n", 750)
		hwtest.TestSource(t, func(t *testing.T) hw.Source {
			r, err := Open("x.csv", opener([]byte(text)), Options{Table: table.Options{RateHz: 200}})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Choose(1); err != nil || r.Channels() != 2 {
				t.Fatal(r.Channels(), err)
			}
			return r
		}, hwtest.Want{Format: hw.Format{SampleRateHz: 200, Channels: 1, BitsPerSample: 32}, SampleTimes: 1500})
	})
}

func TestEnds(t *testing.T) {
	file, _, _ := stereo(t, 100)
	r, err := Open("x", opener(file[:len(file)-10]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []int{-1, 2} {
		hwtest.WantError(t, "a channel that is not there", r.Choose(channel), "has channels 0 to 1")
	}
	b := hw.Block{PCM: make([]int32, 64)}
	n := 0
	for err == nil {
		if err = r.Read(t.Context(), &b); err == nil {
			n += len(b.PCM) / 2
		}
	}
	if !errors.Is(err, io.EOF) || n != 97 || !r.Truncated() || len(r.Notes()) != 1 {
		t.Errorf("%d sample times, %v, truncated %t, notes %q", n, err, r.Truncated(), r.Notes())
	}
	if err := r.Halt(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "a.wav")
	if err := os.WriteFile(text, []byte("this is no recording"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir: "is a folder", filepath.Join(dir, "b.wav"): "no such file", text: "not a WAV file",
	} {
		_, err := OpenFile(path, Options{})
		hwtest.WantError(t, path, err, want)
	}
	_, err := Open("x.csv", opener([]byte("1\n2\n")), Options{})
	hwtest.WantError(t, "a table without a rate", err, "no sample rate")
}

// TestNotedGaps tells as lost what a recorder says that it lost, whatever the blocks and the part are,
// and says what the samples are of.
func TestNotedGaps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	origin := hw.Origin{Sensor: "chip", Unit: hw.G, FullScale: 2}
	w, err := wav.NewWriter(f, hw.Format{SampleRateHz: 1000, Channels: 2, BitsPerSample: 16}, origin)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		switch i {
		case 100:
			w.Lost(7)
		case 4090: // over the decoder's blocks
			w.Lost(5000)
		}
		if err := w.Write([]int32{int32(i) << 16, int32(-i) << 16}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 33, 4096, 20_000} {
		r, err := OpenFile(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := hw.OriginOf(r); got != origin {
			t.Errorf("origin %+v", got)
		}
		if err := r.Choose(1); err != nil {
			t.Fatal(err)
		}
		r.Part(50, 9500)
		b := hw.Block{PCM: make([]int32, size)}
		lost, next := map[uint64]uint64{}, uint64(0)
		for {
			err := r.Read(t.Context(), &b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || b.FirstSample != next+b.Lost {
				t.Fatalf("sample %d after %d, %d lost: %v", b.FirstSample, next, b.Lost, err)
			}
			if b.Lost > 0 {
				lost[b.FirstSample] = b.Lost
			}
			for i, v := range b.PCM {
				if v>>16 != -int32(b.FirstSample)-int32(i)-50 {
					t.Fatalf("sample %d is %d", int(b.FirstSample)+i, v>>16)
				}
			}
			next = b.FirstSample + uint64(len(b.PCM))
		}
		if want := map[uint64]uint64{57: 7, 9040: 5000}; !maps.Equal(lost, want) || next != 9450 {
			t.Errorf("blocks of %d: lost %v up to %d, want %v", size, lost, next, want)
		}
		if err := r.Halt(); err != nil {
			t.Error(err)
		}
	}
}

// TestRoomsAreShared reads files side by side, some of them left at their middle: what goes from one to the next is
// room only.
func TestRoomsAreShared(t *testing.T) {
	all := func(path string) (pcm []int32) {
		r, err := OpenFile(path, Options{})
		if err != nil {
			t.Error(err)
			return nil
		}
		b := hw.Block{PCM: make([]int32, 999*r.Channels())}
		for r.Read(t.Context(), &b) == nil {
			pcm = append(pcm, b.PCM...)
		}
		if err := r.Halt(); err != nil {
			t.Error(err)
		}
		return pcm
	}
	dir := t.TempDir()
	var paths []string
	var want [][]int32
	for i, name := range []string{"float.w64", "alaw.caf", "ima.w64", "float.au"} {
		path := filepath.Join(dir, fmt.Sprint(i))
		file, _, _ := stereo(t, 5000+7000*i)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path, filepath.Join("testdata", name))
	}
	for _, path := range paths {
		want = append(want, all(path))
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				left, err := OpenFile(paths[(i*3+w)%len(paths)], Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if b := (hw.Block{PCM: make([]int32, 64)}); i%3 > 0 {
					_ = left.Read(t.Context(), &b) // it is left there
				}
				k := (i + w) % len(paths)
				if i%2 == 0 {
					_ = left.Halt()
				}
				if !slices.Equal(all(paths[k]), want[k]) {
					t.Errorf("%s gives other samples beside others", paths[k])
				}
				_ = left.Halt()
				if err := left.Read(t.Context(), &hw.Block{PCM: make([]int32, 64)}); !errors.Is(err, hw.ErrHalted) {
					t.Errorf("behind its end: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// TestChangedWhileRead says so of a file that grows while it is read, and of one that stays does not.
func TestChangedWhileRead(t *testing.T) {
	for _, grows := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.wav")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 16}
		if err := wav.Write(f, format, make([]int32, 50000)); err != nil {
			t.Fatal(err)
		}
		r, err := OpenFile(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := hw.Block{PCM: make([]int32, 4096)}
		for n := 0; ; n++ {
			if err := r.Read(t.Context(), &b); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if n == 3 && grows {
				if _, err := f.Write(make([]byte, 10)); err != nil {
					t.Fatal(err)
				}
			}
		}
		notes := strings.Join(r.Notes(), "\n")
		if strings.Contains(notes, "changed while it was read") != grows {
			t.Errorf("grows %v: %q", grows, notes)
		}
		if err := errors.Join(r.Halt(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
