package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
)

// hiss returns seconds of noise at 16 kHz.
func hiss(seconds float64, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 3))
	pcm := make([]int32, int(seconds*16000))
	for i := range pcm {
		pcm[i] = int32(rng.Uint32()) >> 4 &^ 0xff
	}
	return pcm
}

// recorded returns features of frames of one recording.
func recorded(name string, frames int) *Features {
	c := &Clip{Name: name, hash: [32]byte{name[0]}}
	return &Features{Clip: c, Heard: Heard{Frames: frames, DurationS: float64(frames)}, Bands: 1, Values: 1,
		codes: codes{resident: make([]byte, frames)}}
}

// TestFoldsOfOneRecording cuts it to blocks: each frame is held once, no fold has learned what it
// holds nor the gap around it, and what is not held, nor near it, is learned.
func TestFoldsOfOneRecording(t *testing.T) {
	for _, c := range []struct{ frames, gap, k, blocks int }{
		{1600, 100, 4, 4}, {100000, 100, 4, 16}, {9000, 100, 4, 4}, {8001, 50, 2, 8}, {20000, 200, 5, 5}, {1599, 100, 4, 0},
	} {
		n := NormalFeatures{features: []*Features{recorded("a", c.frames), recorded("b", c.frames/9)}}
		folds, blocks, err := n.Folds(c.k, 1, c.gap)
		if c.blocks == 0 {
			if blocks != 0 {
				t.Errorf("%+v: %d blocks of a short recording", c, blocks)
			}
			continue
		}
		if err != nil || blocks != c.blocks || len(folds) != c.k {
			t.Fatalf("%+v: %d blocks, %d folds, %v", c, blocks, len(folds), err)
		}
		times := make([]int, c.frames)
		for _, fold := range folds {
			held := make([]bool, c.frames)
			for _, f := range fold.Held.features {
				for i := range f.Frames {
					if f.Name == "a" {
						held[f.from+i] = true
						times[f.from+i]++
					}
				}
			}
			fit := make([]bool, c.frames)
			for _, f := range fold.Fit.features {
				for i := range f.Frames {
					if f.Name == "a" {
						fit[f.from+i] = true
					}
				}
			}
			for i := range held {
				near := slices.Contains(held[max(0, i-c.gap):min(c.frames, i+c.gap+1)], true)
				if fit[i] == near {
					t.Fatalf("%+v: frame %d is fitted: %t, near what is held: %t", c, i, fit[i], near)
				}
			}
		}
		if slices.Min(times) != 1 || slices.Max(times) != 1 {
			t.Errorf("%+v: frames are held %d to %d times", c, slices.Min(times), slices.Max(times))
		}
		// What a fold learns can be split again.
		if _, again, err := folds[0].Fit.Folds(2, 1, c.gap/4); err != nil || again == 0 {
			t.Errorf("%+v: split again to %d blocks, %v", c, again, err)
		}
	}
}

// TestSpilledLikeResident computes features in memory, through files, and from a cache.
func TestSpilledLikeResident(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	for i, seconds := range []float64{3, 290, 5} { // the second is longer than a clip's buffer
		writeWAV(t, filepath.Join(dir, "normal", fmt.Sprintf("%d.wav", i)), 16000, hiss(seconds, uint64(i)))
	}
	clips := mustOpen(t, dir).Normal()
	o := options()
	extract := func(room int64) NormalFeatures {
		t.Helper()
		s := newStore()
		s.room.Store(room)
		n, warnings, err := extractInto(t.Context(), s, clips, o)
		if err != nil || len(warnings) > 0 || n.Len() != 3 {
			t.Fatalf("%d clips, %q, %v", n.Len(), warnings, err)
		}
		return n
	}
	large, none := extract(1<<30), extract(0)
	o.Cache = t.TempDir()
	extract(1 << 30)
	kept := extract(0)
	w := model.Window{Frames: 5, StrideFrames: 3, Layout: model.BandMajor}
	want, err := NewNormalWindows(large, w)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]NormalFeatures{"files": none, "cache": kept} {
		got, err := NewNormalWindows(n, w)
		if err != nil || got.Len() != want.Len() {
			t.Fatalf("%s: %d windows, want %d: %v", name, got.Len(), want.Len(), err)
		}
		a, b := make([]float32, got.Size()), make([]float32, got.Size())
		for i := range want.Len() {
			want.Sample(i, a)
			if got.Sample(i, b); !slices.Equal(a, b) {
				t.Fatalf("%s: window %d differs", name, i)
			}
		}
		for i, f := range n.All() {
			if w := large.features[i]; f.codes.file == nil || !slices.Equal(codesOf(f), codesOf(w)) || f.Heard != w.Heard {
				t.Errorf("%s: clip %d: in a file %t, or other codes", name, i, f.codes.file != nil)
			}
		}
		if err := n.Err(); err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if got.Sample(0, a); n.store.files != nil {
			t.Errorf("%s: files are open", name)
		}
	}
	if files, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(files) > 0 {
		t.Errorf("%d temporary files are left, %v", len(files), err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "none"))
	if _, _, err := extractInto(t.Context(), &store{}, clips, o); err == nil {
		t.Error("no folder for temporary files: no error")
	}
}

// TestCut hears a recording in pieces: each is as if it were a clip of its own.
func TestCut(t *testing.T) {
	pcm := hiss(10, 1)
	path := filepath.Join(t.TempDir(), "a.wav")
	writeWAV(t, path, 16000, pcm)
	l, err := NewListener(dsp.DefaultProfile(), 0)
	if err != nil {
		t.Fatal(err)
	}
	hear := func(path string, cut Cut) (codes [][]int8, all []Heard) {
		t.Helper()
		var now []int8
		if _, err := l.Listen(t.Context(), &Clip{Name: path}, cut, Ear{
			Frame: func(_ int, c []int8) error { now = append(now, c...); return nil },
			End: func(piece int, h Heard) error {
				if piece != len(all) {
					t.Errorf("piece %d after %d", piece, len(all))
				}
				codes, all, now = append(codes, now), append(all, h), nil
				return nil
			},
		}); err != nil {
			t.Fatal(err)
		}
		return codes, all
	}
	for _, c := range []struct {
		cut   Cut
		edges [][2]float64
	}{
		{Cut{}, [][2]float64{{0, 10}}},
		{Cut{FromS: 2.5, ToS: 7}, [][2]float64{{2.5, 7}}},
		{Cut{PieceS: 3, GapS: 0.5}, [][2]float64{{0, 3}, {3.5, 6.5}, {7, 10}}},
		{Cut{FromS: 1, ToS: 9.5, PieceS: 4}, [][2]float64{{1, 5}, {5, 9}, {9, 9.5}}},
		{Cut{PieceS: 20}, [][2]float64{{0, 10}}},
	} {
		codes, all := hear(path, c.cut)
		if len(all) != len(c.edges) {
			t.Errorf("%+v: %d pieces, want %d", c.cut, len(all), len(c.edges))
			continue
		}
		for i, e := range c.edges {
			own := filepath.Join(t.TempDir(), "piece.wav")
			writeWAV(t, own, 16000, pcm[int(e[0]*16000):int(e[1]*16000)])
			want, heard := hear(own, Cut{})
			if !slices.Equal(codes[i], want[0]) || all[i] != heard[0] {
				t.Errorf("%+v: piece %d is %+v, as a clip %+v, or has other codes", c.cut, i, all[i], heard[0])
			}
		}
	}
}

// TestDrawn draws windows: in order, evenly, of all the sound, others by another seed.
func TestDrawn(t *testing.T) {
	f := recorded("a", 100000)
	for i := range f.codes.resident {
		f.codes.resident[i] = byte(i * 256 / 100000) // tells where a window is, to 400 frames
	}
	n, err := NewNormalWindows(NormalFeatures{features: []*Features{f}},
		model.Window{Frames: 1, StrideFrames: 1, Layout: model.FrameMajor})
	if err != nil {
		t.Fatal(err)
	}
	if d := n.Drawn(100000, 1); d.w.drawn != 0 {
		t.Error("what is few enough is drawn from")
	}
	d, other := n.Drawn(1000, 1), n.Drawn(1000, 2)
	if d.Len() != 1000 {
		t.Fatalf("%d windows", d.Len())
	}
	code, same, mean := make([]int8, 1), 0, 0.0
	for i := range 1000 {
		at := d.w.number(i)
		if at < i*100 || at >= (i+1)*100 {
			t.Fatalf("window %d is number %d", i, at)
		}
		if d.Codes(i, code); byte(code[0]) != byte(at*256/100000) {
			t.Fatalf("window %d has the code %d", i, code[0])
		}
		if at == other.w.number(i) {
			same++
		}
		mean += float64(at-i*100) / 1000
	}
	if same > 40 || math.Abs(mean-49.5) > 5 {
		t.Errorf("%d of 1000 windows are those of another seed; they lie at %.1f of 100", same, mean)
	}
}
