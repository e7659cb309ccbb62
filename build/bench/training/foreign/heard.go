package main

import (
	"context"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
)

// clip is a clip as the front end gives it.
type clip struct {
	dataset.Clip
	codes []int8 // frame after frame
}

// hear computes the frames of clips.
func hear(ctx context.Context, clips []*dataset.Clip, p dsp.Profile) (all []clip, err error) {
	l, err := dataset.NewListener(p, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range clips {
		h := clip{Clip: *c}
		if _, err := l.Listen(ctx, c, dataset.Cut{}, dataset.Ear{
			Frame: func(_ int, codes []int8) error { h.codes = append(h.codes, codes...); return nil },
			End:   func(int, dataset.Heard) error { return nil },
		}); err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// windows are model inputs cut from any clips.
type windows struct {
	long   int  // frames of one
	banded bool // one band after the other
	bands  int
	clips  []int    // that each is cut from
	frames [][]int8 // of each
}

// newWindows cuts clips to windows like those that a network learns.
func newWindows(clips []clip, learned dataset.NormalWindows) *windows {
	w, bands := learned.Window(), learned.Bands()
	all := &windows{long: w.Frames, banded: w.Layout == "band_major", bands: bands}
	for i, c := range clips {
		for from := 0; (from+w.Frames)*bands <= len(c.codes); from += w.StrideFrames {
			all.clips = append(all.clips, i)
			all.frames = append(all.frames, c.codes[from*bands:(from+w.Frames)*bands])
		}
	}
	return all
}

// Len returns how many there are.
func (w *windows) Len() int { return len(w.frames) }

// Size returns the cells of one.
func (w *windows) Size() int { return w.long * w.bands }

// Codes writes window i as the model's input holds it.
func (w *windows) Codes(i int, dst []int8) {
	for k, c := range w.frames[i] {
		if w.banded {
			k = k%w.bands*w.long + k/w.bands
		}
		dst[k] = c
	}
}

// Sample writes window i as the network's input.
func (w *windows) Sample(i int, dst []float32) {
	for k, c := range w.frames[i] {
		if w.banded {
			k = k%w.bands*w.long + k/w.bands
		}
		dst[k] = float32(int(c)+128) / 255
	}
}
