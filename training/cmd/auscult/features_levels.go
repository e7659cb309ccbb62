package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/dataset/npy"
	"github.com/auscult/auscult/training/recording/table"
)

// levels are the frames of a recording in dB, in a temporary file that has no name any more.
type levels struct {
	bands, frames int
	low, high     float32
	file          *os.File
	w             *bufio.Writer
	buffer        []byte         // of one frame
	row           []float32      // likewise
	table         *table.Reading // how the recording was understood; nil: it is no table
	grid          grid
}

// grid is where frames lie. What nothing was heard of is columns without a value, NaN, so that a
// column's number tells its time.
type grid struct {
	hopS, frameS float64
	gaps         int
	empty        int // columns without a value
	skipped      int // columns that even these were spared
}

// mostEmpty is how many columns a gap has at most.
const mostEmpty = 10_000

const levelBytes = 4 // of one cell

func newLevels(p dsp.Profile) (*levels, error) {
	rate, bands := float64(p.SampleRateHz), p.Bands
	file, err := dataset.TempFile()
	if err != nil {
		return nil, err
	}
	return &levels{
		bands: bands, file: file, w: bufio.NewWriterSize(file, 1<<20), buffer: make([]byte, bands*levelBytes),
		row: make([]float32, bands),
		low: float32(math.Inf(1)), high: float32(math.Inf(-1)),
		grid: grid{hopS: float64(p.HopLength) / rate, frameS: float64(p.FrameLength) / rate},
	}, nil
}

// close gives the space back.
func (l *levels) close() error { return l.file.Close() }

// place takes a frame that ends endS seconds after the recording's begin.
func (l *levels) place(endS float64, frame []dsp.DB) {
	g := &l.grid
	missing := int(math.Round((endS-g.frameS)/g.hopS)) - g.skipped - l.frames
	if missing > 0 {
		g.gaps++
		shown := min(missing, mostEmpty)
		g.empty += shown
		g.skipped += missing - shown
		for b := range l.row {
			l.row[b] = float32(math.NaN())
		}
		for range shown {
			l.add(l.row)
		}
	}
	for b, v := range frame {
		l.row[b] = v.Float32()
		l.low, l.high = min(l.low, l.row[b]), max(l.high, l.row[b])
	}
	l.add(l.row)
}

// note says what gaps there are, "" where none is.
func (l *levels) note() string {
	g := &l.grid
	if g.gaps == 0 {
		return ""
	}
	text := fmt.Sprintf("gaps: %d, in all %d frames of which nothing is known, NaN in the file", g.gaps, g.empty)
	if g.skipped > 0 {
		text += fmt.Sprintf("; a gap has %d at most, so times after it are %.0f s too early",
			mostEmpty, float64(g.skipped)*g.hopS)
	}
	return text
}

// add writes a frame. Flush says whether all could be written.
func (l *levels) add(frame []float32) {
	for b, v := range frame {
		binary.LittleEndian.PutUint32(l.buffer[b*levelBytes:], math.Float32bits(v))
	}
	_, _ = l.w.Write(l.buffer) // Flush gives the first error
	l.frames++
}

// each goes through the frames.
func (l *levels) each(do func(frame int, cells []float32)) error {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReaderSize(l.file, 1<<20)
	cells := make([]float32, l.bands)
	for i := range l.frames {
		if _, err := io.ReadFull(r, l.buffer); err != nil {
			return err
		}
		for b := range cells {
			cells[b] = math.Float32frombits(binary.LittleEndian.Uint32(l.buffer[b*levelBytes:]))
		}
		do(i, cells)
	}
	return nil
}

// pooled returns bands x columns levels, at most so many columns: each the loudest of as many
// frames, those without a value left out.
func (l *levels) pooled(most int) (rows []float32, frames int, err error) {
	frames = (l.frames + most - 1) / most
	columns := (l.frames + frames - 1) / frames
	rows = make([]float32, l.bands*columns)
	err = l.each(func(frame int, cells []float32) {
		at := frame / frames
		for b, v := range cells {
			if cell := &rows[b*columns+at]; frame%frames == 0 || v > *cell || *cell != *cell {
				*cell = v
			}
		}
	})
	return rows, frames, err
}

// write writes all as bands x frames to an .npy file, each cell after change.
func (l *levels) write(path string, change func(band int, level float32) float32) error {
	return atomicfile.Replace(path, 0o644, func(to *os.File) error {
		header := npy.HeaderFloat32([]int{l.bands, l.frames})
		if _, err := to.Write(header); err != nil {
			return err
		}
		// A row of the file is a band: some frames at a time are written into all rows.
		const chunk = 4096
		turned := make([]byte, l.bands*chunk*levelBytes)
		var failed error
		flush := func(from, n int) {
			for b := range l.bands {
				at := int64(len(header)) + int64(b*l.frames+from)*levelBytes
				if _, err := to.WriteAt(turned[b*chunk*levelBytes:][:n*levelBytes], at); err != nil {
					failed = errors.Join(failed, err)
				}
			}
		}
		err := l.each(func(frame int, cells []float32) {
			k := frame % chunk
			for b, v := range cells {
				binary.LittleEndian.PutUint32(turned[(b*chunk+k)*levelBytes:], math.Float32bits(change(b, v)))
			}
			if failed == nil && (k == chunk-1 || frame == l.frames-1) {
				flush(frame-k, k+1)
			}
		})
		return errors.Join(err, failed)
	})
}
