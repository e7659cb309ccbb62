package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/dataset/npy"
	"github.com/auscult/auscult/training/recording"
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
}

const levelBytes = 4 // of one cell

func newLevels(bands int) (*levels, error) {
	file, err := dataset.TempFile()
	if err != nil {
		return nil, err
	}
	return &levels{
		bands: bands, file: file, w: bufio.NewWriterSize(file, 1<<20), buffer: make([]byte, bands*levelBytes),
		row: make([]float32, bands),
		low: float32(math.Inf(1)), high: float32(math.Inf(-1)),
	}, nil
}

// close gives the space back.
func (l *levels) close() error { return l.file.Close() }

// add takes a frame. Flush says whether all could be written.
func (l *levels) add(frame []float32) {
	for b, v := range frame {
		l.low, l.high = min(l.low, v), max(l.high, v)
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
// frames.
func (l *levels) pooled(most int) (rows []float32, frames int, err error) {
	frames = (l.frames + most - 1) / most
	columns := (l.frames + frames - 1) / frames
	rows = make([]float32, l.bands*columns)
	err = l.each(func(frame int, cells []float32) {
		at := frame / frames
		for b, v := range cells {
			if cell := &rows[b*columns+at]; frame%frames == 0 || v > *cell {
				*cell = v
			}
		}
	})
	return rows, frames, err
}

// write writes all as bands x frames to an .npy file, each cell after change.
func (l *levels) write(path string, change func(float32) float32) error {
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
				binary.LittleEndian.PutUint32(turned[(b*chunk+k)*levelBytes:], math.Float32bits(change(v)))
			}
			if failed == nil && (k == chunk-1 || frame == l.frames-1) {
				flush(frame-k, k+1)
			}
		})
		return errors.Join(err, failed)
	})
}

// logMel computes the frames of one channel of a recording, and returns how many samples were read:
// progress is told it too.
func logMel(ctx context.Context, ears ears, r *recording.Recording, channel int, l *levels,
	progress func(samples uint64)) (samples uint64, err error) {
	if err := r.Choose(channel); err != nil {
		return 0, err
	}
	hear, err := ears(r.Format().SampleRateHz, l)
	if err != nil {
		return 0, usageError{err}
	}
	block := hw.Block{PCM: make([]int32, 1<<14)}
	for {
		err := r.Read(ctx, &block)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return samples, err
		}
		hear(block.PCM)
		samples += uint64(len(block.PCM))
		progress(samples)
	}
	if err := l.w.Flush(); err != nil {
		return samples, fmt.Errorf("features: temporary file: %w: name a folder with more space as TMPDIR", err)
	}
	return samples, nil
}

// ears returns what takes samples of a rate, and gives their frames to l.
type ears func(rateHz int, l *levels) (hear func(pcm []int32), err error)

// ears are the model's, where one is named, else librosa's, which hear the constant too.
func (c *featuresCommand) ears(p dsp.Profile) ears {
	if c.Model != "" {
		return func(rateHz int, l *levels) (func([]int32), error) {
			heard, err := dsp.NewStream(p, dsp.Input{SampleRateHz: rateHz})
			return func(pcm []int32) { heard.Write(pcm, l) }, err
		}
	}
	return func(rateHz int, l *levels) (func([]int32), error) {
		front, err := dsp.NewFrontEnd(p)
		if err != nil {
			return nil, err
		}
		hear := func(pcm []int32) { front.Write(pcm, l.Frame) }
		if rateHz == p.SampleRateHz {
			return hear, nil
		}
		converted, err := resample.New(rateHz, p.SampleRateHz, p.MaxHz)
		return func(pcm []int32) { converted.Write(pcm, hear) }, err
	}
}

// Frame is dsp.Sink's.
func (l *levels) Frame(frame []dsp.DB) {
	for b, v := range frame {
		l.row[b] = v.Float32()
	}
	l.add(l.row)
}

// Break is dsp.Sink's: the columns stand side by side.
func (*levels) Break() {}
