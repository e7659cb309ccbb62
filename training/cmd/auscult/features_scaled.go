package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset/npy"
	"github.com/auscult/auscult/training/foreign/trainedon"
)

// scaling makes a network's numbers of levels, as a node does: what is beyond the range of the front end is its end.
type scaling struct {
	scale, offset []float64 // of a cell of 0 to 1: one, one for each band, or one for each cell of a window
	low, high     float64   // of the range, in dB
}

func newScaling(f trainedon.Features, p dsp.Profile) (*scaling, error) {
	scale, offset, err := f.Scaling(p)
	return &scaling{scale, offset, p.MinDB, p.MaxDB}, err
}

// of returns the number of a cell, counted frame after frame from a window's first.
func (s *scaling) of(cell int, level float32) float32 {
	share := (float64(level) - s.low) / (s.high - s.low)
	if share == share { // not in a gap
		share = max(0, min(share, 1))
	}
	return float32(s.scale[cell%len(s.scale)]*share + s.offset[cell%len(s.offset)])
}

// fits checks that there is a number for each of what is written.
func (s *scaling) fits(bands, frames int) error {
	for _, n := range []int{len(s.scale), len(s.offset)} {
		switch {
		case n <= 1 || n == bands || n == bands*frames:
		case frames == 0:
			return fmt.Errorf("%d means or deviations of %d bands: for one of each cell say by --frames how many frames a window has",
				n, bands)
		default:
			return fmt.Errorf("%d means or deviations: give one, one for each of %d bands, or one for each of %d cells",
				n, bands, bands*frames)
		}
	}
	return nil
}

// maxWindowsBytes bounds a file of windows.
const maxWindowsBytes = 1 << 34

// writeWindows writes all windows of so many frames, each one frame behind the other, as windows x frames x bands to an
// .npy file, and returns how many there are. Those that a gap is in are left out.
func (l *levels) writeWindows(path string, frames int, change func(cell int, level float32) float32) (int, error) {
	windows, run := 0, 0
	if err := l.each(func(_ int, cells []float32) {
		if run++; cells[0] != cells[0] {
			run = 0
		}
		if run >= frames {
			windows++
		}
	}); err != nil {
		return 0, err
	}
	switch {
	case windows == 0:
		return 0, fmt.Errorf("no stretch of %d frames: give a longer recording or a smaller --frames", frames)
	case int64(windows)*int64(frames*l.bands*levelBytes) > maxWindowsBytes:
		return 0, fmt.Errorf("%d windows of %d frames of %d bands are more than %d GiB: give a part of the recording",
			windows, frames, l.bands, maxWindowsBytes>>30)
	}
	return windows, atomicfile.Replace(path, 0o644, func(to *os.File) error {
		w := bufio.NewWriterSize(to, 1<<20)
		_, _ = w.Write(npy.HeaderFloat32([]int{windows, frames, l.bands})) // Flush gives the first error
		last, run := make([]float32, frames*l.bands), 0                    // the last frames, in a ring
		var number [levelBytes]byte
		err := l.each(func(frame int, cells []float32) {
			copy(last[frame%frames*l.bands:], cells)
			if run++; cells[0] != cells[0] {
				run = 0
			}
			if run < frames {
				return
			}
			for cell := range last {
				level := last[(cell+(frame+1)%frames*l.bands)%len(last)]
				binary.LittleEndian.PutUint32(number[:], math.Float32bits(change(cell, level)))
				_, _ = w.Write(number[:])
			}
		})
		return errors.Join(err, w.Flush())
	})
}
