package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/dataset/npy"
)

// Limits of a file of NumPy arrays.
const (
	maxArchiveBytes = 256 << 20
	maxArrays       = 64
)

// Names that arrays in such a file go by.
var (
	axisNames = []string{"x", "y", "z"}
	dataNames = []string{"data", "acc", "accel", "acceleration", "vibration", "signal"}
	rateNames = []string{"rate", "fs", "sample_rate", "sample_rate_hz"}
)

// readArrays reads one column of accelerations in g from a file of NumPy arrays: x, y
// and z of one dimension, or one array of samples, or of samples x axes, the only one or
// named in dataNames. A single number of rateNames must be the sample rate. The mean is
// removed: it is gravity's.
func readArrays(r io.Reader, column, rateHz int) (pcm []int32, columns int, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxArchiveBytes+1))
	if err != nil {
		return nil, 0, err
	}
	if len(raw) > maxArchiveBytes {
		return nil, 0, fmt.Errorf("more than %d MiB: cut it", maxArchiveBytes>>20)
	}
	files, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, 0, fmt.Errorf("no file of NumPy arrays: %w", err)
	}
	if len(files.File) > maxArrays {
		return nil, 0, fmt.Errorf("%d arrays: at most %d", len(files.File), maxArrays)
	}
	arrays := map[string]*npy.Array{}
	var names []string
	left := MaxSamples * len(axisNames) // values, all arrays together
	for _, f := range files.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		a, err := readArray(f, left)
		if err != nil {
			return nil, 0, fmt.Errorf("array %.40q: %w", name, err)
		}
		left -= len(a.Data)
		switch {
		case len(a.Data) == 1 && slices.Contains(rateNames, name):
			if a.Data[0] != float64(rateHz) {
				return nil, 0, fmt.Errorf("was sampled at %g Hz, not at %d: say so by --rate, or leave it out", a.Data[0], rateHz)
			}
		case len(a.Shape) > 0:
			arrays[name] = a
			names = append(names, name)
		}
	}
	values, columns, err := columnOf(arrays, names, column)
	if err != nil || column >= columns {
		return nil, columns, err
	}
	pcm, err = centred(values)
	return pcm, columns, err
}

func readArray(f *zip.File, limit int) (*npy.Array, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // nothing was written
	return npy.Read(r, limit)
}

// columnOf chooses the array, or arrays, and returns one column; none where there are
// not as many.
func columnOf(arrays map[string]*npy.Array, names []string, column int) (values []float64, columns int, err error) {
	if x := arrays["x"]; x != nil && len(x.Shape) == 1 {
		for _, name := range axisNames {
			if a := arrays[name]; a == nil || len(a.Shape) != 1 {
				break
			}
			columns++
		}
		if column < columns {
			values = arrays[axisNames[column]].Data
		}
		return values, columns, nil
	}
	name := ""
	for _, n := range names {
		if len(names) == 1 || slices.Contains(dataNames, n) {
			name = n
		}
	}
	a := arrays[name]
	switch {
	case a == nil:
		return nil, 0, fmt.Errorf("arrays %.100q: name one of them data, or three x, y and z", names)
	case len(a.Shape) == 1:
		return a.Data, 1, nil
	case len(a.Shape) != 2 || a.Shape[1] < 1 || a.Shape[1] > maxColumns:
		return nil, 0, fmt.Errorf("array %.40q of shape %v: must be samples, or samples x axes (at most %d)",
			name, a.Shape, maxColumns)
	}
	columns = a.Shape[1]
	for i := column; column < columns && i < len(a.Data); i += columns {
		values = append(values, a.Data[i])
	}
	return values, columns, nil
}
