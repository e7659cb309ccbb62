package dataset

import (
	"fmt"
	"slices"
	"sync"

	"github.com/auscult/auscult/agent/model"
)

// Windows are model inputs cut from features. They share the features' codes.
// It implements network.Samples.
type Windows struct {
	features []*Features
	window   model.Window
	bands    int
	frame    int   // values of a frame: its bands come first
	first    []int // number of the first window of each clip, and their count
	drawn    int   // how many of them are shown; 0: all
	seed     uint64

	conditions []model.Condition
	values     [][]float32 // by clip
}

// NormalWindows are windows of normal sound, for learning. The zero value
// holds none. It implements network.Samples.
type NormalWindows struct {
	w Windows
}

// Len returns the number of windows.
func (n NormalWindows) Len() int { return n.w.Len() }

// Size returns the number of cells of one window.
func (n NormalWindows) Size() int { return n.w.Size() }

// Bands returns the number of bands of one frame.
func (n NormalWindows) Bands() int { return n.w.Bands() }

// Window returns how the windows were cut.
func (n NormalWindows) Window() model.Window { return n.w.Window() }

// Codes writes window i as the model's input tensor holds it, Size codes.
func (n NormalWindows) Codes(i int, dst []int8) { n.w.Codes(i, dst) }

// Sample writes window i as Windows.Sample does.
func (n NormalWindows) Sample(i int, dst []float32) { n.w.Sample(i, dst) }

// newWindows cuts features to windows. Clips shorter than a window give none.
func newWindows(features []*Features, w model.Window) (Windows, error) {
	out := Windows{features: features, window: w, first: []int{0}}
	switch {
	case w.Frames < 1 || w.StrideFrames < 1:
		return out, fmt.Errorf("dataset: window of %d frames every %d: both must be 1 or more", w.Frames, w.StrideFrames)
	case w.Layout != model.FrameMajor && w.Layout != model.BandMajor:
		return out, fmt.Errorf("dataset: unknown layout %q", w.Layout)
	}
	n, longest, longestS := 0, 0, 0.0
	for _, f := range features {
		if out.bands != 0 && f.Bands != out.bands {
			return out, fmt.Errorf("dataset: %s has %d bands, others %d", f.Name, f.Bands, out.bands)
		}
		out.bands, out.frame = f.Bands, f.Values
		if f.Frames > longest {
			longest, longestS = f.Frames, f.DurationS
		}
		n += w.Count(f.Frames)
		out.first = append(out.first, n)
	}
	if n == 0 {
		return out, fmt.Errorf("dataset: no clip is as long as a window of %d frames: the longest has %d (%.1f s); record longer ones",
			w.Frames, longest, longestS)
	}
	return out, nil
}

// NewNormalWindows cuts features of normal sound to windows.
func NewNormalWindows(features NormalFeatures, w model.Window) (NormalWindows, error) {
	out, err := newWindows(features.features, w)
	return NormalWindows{out}, err
}

// Drawn returns at most so many of the windows, spread evenly over all the sound: it is cut to
// as many stretches, and each gives the window that a number drawn by the seed says. Where there
// are no more, all are shown.
func (n NormalWindows) Drawn(most int, seed uint64) NormalWindows {
	if n.w.Len() > most {
		n.w.drawn, n.w.seed = most, seed
	}
	return n
}

// Len returns the number of windows.
func (w Windows) Len() int {
	if w.drawn > 0 {
		return w.drawn
	}
	return w.all()
}

// all returns the number of windows, shown or not.
func (w Windows) all() int {
	if len(w.first) == 0 {
		return 0
	}
	return w.first[len(w.first)-1]
}

// number returns the number among all windows of the i-th that is shown.
func (w Windows) number(i int) int {
	if w.drawn == 0 {
		return i
	}
	all := w.all()
	lo, hi := i*all/w.drawn, (i+1)*all/w.drawn
	return lo + int(mixed(w.seed+uint64(i))%uint64(hi-lo))
}

// mixed makes a random number of a counter (splitmix64, Steele et al. 2014).
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Size returns the number of cells of one window.
func (w Windows) Size() int { return w.window.Frames * w.bands }

// Bands returns the number of bands of one frame.
func (w Windows) Bands() int { return w.bands }

// Window returns how the windows were cut.
func (w Windows) Window() model.Window { return w.window }

// clip returns the number of the clip that window i of all is cut from.
func (w Windows) clip(i int) int {
	lo, hi := 0, len(w.features)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if i < w.first[mid+1] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// scratch are buffers for windows that are read from files.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// frames calls do with the codes of window i, frame after frame, each of them w.frame.
func (w Windows) frames(i int, do func(codes []byte)) {
	i = w.number(i)
	c := w.clip(i)
	start, size := (i-w.first[c])*w.window.StrideFrames*w.frame, w.window.Frames*w.frame
	from := &w.features[c].codes
	if from.file == nil {
		do(from.resident[start : start+size])
		return
	}
	buffer := scratch.Get().(*[]byte)
	*buffer = slices.Grow((*buffer)[:0], size)[:size]
	from.read(start, *buffer)
	do(*buffer)
	scratch.Put(buffer)
}

// Codes writes window i as the model's input tensor holds it, Size codes.
func (w Windows) Codes(i int, dst []int8) {
	w.frames(i, func(src []byte) {
		for f := range w.window.Frames {
			at, step := w.cells(f)
			for _, code := range src[f*w.frame:][:w.bands] {
				dst[at] = int8(code)
				at += step
			}
		}
	})
}

// Sample writes window i as the network's input: (code+128)/255, from 0 to 1,
// in the same order as Codes.
func (w Windows) Sample(i int, dst []float32) {
	w.frames(i, func(src []byte) {
		for f := range w.window.Frames {
			at, step := w.cells(f)
			for _, code := range src[f*w.frame:][:w.bands] {
				dst[at] = unit(int8(code))
				at += step
			}
		}
	})
}

// cells returns where the bands of a frame stand in a window: the first, and how far apart.
func (w Windows) cells(frame int) (at, step int) {
	if w.window.Layout == model.FrameMajor {
		return frame * w.bands, 1
	}
	return frame, w.window.Frames
}

func unit(code int8) float32 { return float32(int(code)+128) / 255 }
