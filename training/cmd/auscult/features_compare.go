package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset/npy"
)

// levelComparison is how levels differ from a reference's.
type levelComparison struct {
	Reference   string  `json:"reference"`
	Cells       int     `json:"cells"`
	MeanDB      float64 `json:"mean_db"` // with its sign: ours less theirs
	RMSDB       float64 `json:"rms_db"`
	P99DB       float64 `json:"p99_db"`
	MaxDB       float64 `json:"max_db"`
	NearCells   int     `json:"near_cells"`  // within nearDB of the frame's loudest
	NearP99DB   float64 `json:"near_p99_db"` // of them
	NearMaxDB   float64 `json:"near_max_db"`
	CodesDiffer int     `json:"codes_differ"` // int8 codes of the profile's range
	CodesBy     int     `json:"codes_by"`     // at most
}

// nearDB is the range in which package dsp states its error.
const nearDB = 90

// compareWith compares levels with the bands x frames ones of an .npy file.
func compareWith(path string, p dsp.Profile, l *levels) (levelComparison, error) {
	c := levelComparison{Reference: path}
	frames := l.frames
	reference, shape, err := readNPY(path)
	if err != nil {
		return c, fmt.Errorf("features: compare with %s: %w", path, err)
	}
	if shape != [2]int{p.Bands, frames} {
		hint := "compute it with the same parameters"
		if shape[0] == p.Bands && shape[1] > frames {
			hint = "compute it with center=False"
		} else if shape == [2]int{frames, p.Bands} {
			hint = "transpose it"
		}
		return c, fmt.Errorf("features: %s holds %d x %d values, the clip has %d bands x %d frames: %s",
			path, shape[0], shape[1], p.Bands, frames, hint)
	}
	loudest := make([]float64, frames)
	for f := range loudest {
		loudest[f] = math.Inf(-1)
		for b := range p.Bands {
			loudest[f] = max(loudest[f], reference[b*frames+f])
		}
	}
	var all, near []float64
	codeOf := func(level float64) int {
		code := (level - p.MinDB) / (p.MaxDB - p.MinDB) * 255
		return int(math.Floor(max(0, min(code, 255)) + 0.5))
	}
	for i, v := range reference {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, fmt.Errorf("features: %s: value %d is %g: a level in dB must be finite", path, i, v)
		}
	}
	err = l.each(func(f int, cells []float32) {
		if cells[0] != cells[0] { // in a gap
			return
		}
		for b, have := range cells {
			want := reference[b*frames+f]
			difference := float64(have) - want
			c.MeanDB += difference
			c.RMSDB += difference * difference
			all = append(all, math.Abs(difference))
			if want >= loudest[f]-nearDB {
				near = append(near, math.Abs(difference))
			}
			if by := codeOf(float64(have)) - codeOf(want); by != 0 {
				c.CodesDiffer++
				c.CodesBy = max(c.CodesBy, by, -by)
			}
		}
	})
	if err != nil {
		return c, fmt.Errorf("features: %w", err)
	}
	slices.Sort(all)
	slices.Sort(near)
	c.Cells, c.NearCells = len(all), len(near)
	c.MeanDB /= float64(len(all))
	c.RMSDB = math.Sqrt(c.RMSDB / float64(len(all)))
	c.P99DB, c.MaxDB = all[len(all)*99/100], all[len(all)-1]
	c.NearP99DB, c.NearMaxDB = near[len(near)*99/100], near[len(near)-1]
	return c, nil
}

func (c levelComparison) writeTo(w io.Writer) error {
	_, err := fmt.Fprintf(w, `against %s (dB, ours less theirs)
  all %d cells: mean %.6f, root mean square %.6f, p99 %.6f, max %.6f
  %d cells within %d dB of their frame's loudest: p99 %.6f, max %.6f
  int8 codes: %d differ (%.3f %%), by at most %d
`, c.Reference, c.Cells, c.MeanDB, c.RMSDB, c.P99DB, c.MaxDB, c.NearCells, nearDB, c.NearP99DB, c.NearMaxDB,
		c.CodesDiffer, 100*float64(c.CodesDiffer)/float64(c.Cells), c.CodesBy)
	return err
}

// maxNPY is the largest file that readNPY reads: 256 MiB.
const maxNPY = 256 << 20

// readNPY reads a two-dimensional array of numbers, in either order, as rows.
func readNPY(path string) (values []float64, shape [2]int, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, shape, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxNPY {
		return nil, shape, fmt.Errorf("not a file of at most %d MiB", maxNPY>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, shape, err
	}
	return parseNPY(b)
}

// parseNPY reads the array in b: numbers of any type, of two dimensions.
func parseNPY(b []byte) (values []float64, shape [2]int, err error) {
	r := bytes.NewReader(b)
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, shape, err
	}
	if len(h.Shape) != 2 || len(h.Fields) != 1 || !h.Fields[0].IsNumber() {
		return nil, shape, errors.New("the header does not describe numbers of two dimensions")
	}
	data := b[len(b)-r.Len():]
	rows, columns, size := h.Shape[0], h.Shape[1], h.Size
	if most := int64(len(data)); rows > most || columns > most || rows*columns > most || rows*columns*size != most {
		return nil, shape, fmt.Errorf("%d bytes of data for %d x %d values of %d", len(data), rows, columns, size)
	}
	shape = [2]int{int(rows), int(columns)}
	values = make([]float64, rows*columns)
	for i := range values {
		at := i
		if h.Fortran {
			at = i%shape[0]*shape[1] + i/shape[0]
		}
		values[at] = h.Fields[0].Number(data[int64(i)*size:][:size])
	}
	return values, shape, nil
}
