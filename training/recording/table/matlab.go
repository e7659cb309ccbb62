package table

import (
	"fmt"
	"os"
	"strings"

	"github.com/auscult/auscult/training/dataset/npy"
	"github.com/auscult/auscult/training/recording/matlab"
)

// listMatlab lists the arrays of a MATLAB file that belong together.
func listMatlab(t *file, at *os.File, size int64) ([]*array, error) {
	found, notes, err := matlab.Scan(at, size)
	if err != nil {
		return nil, err
	}
	rows := t.rows.(*arrayRows)
	rows.said = notes
	var arrays []*array
	var unusable []string
	within := commonPrefix(found)
	for _, f := range found {
		a := &array{name: strings.TrimPrefix(f.Name, within), open: f.Open}
		if a.head, err = npy.ColumnMajor(f.Shape, f.Type, f.BigEndian, f.Offset); err == nil {
			err = a.measure()
		}
		if err != nil {
			unusable = append(unusable, fmt.Sprintf("array %.40q: %v", a.name, err))
			continue
		}
		arrays = append(arrays, a)
	}
	if arrays, err = t.heading.learnRate(arrays); err != nil {
		return nil, err
	}
	if len(arrays) == 0 {
		return nil, fmt.Errorf("is a MATLAB file without an array of numbers that could be samples%s",
			because(append(unusable, notes...)))
	}
	arrays = samplesOf(arrays)
	t.style = fmt.Sprintf("MATLAB's file, %s", plural(len(arrays), "array", "arrays"))
	return arrays, nil
}

// commonPrefix returns the structure that all arrays are in, with the point behind it.
func commonPrefix(all []matlab.Array) string {
	if len(all) == 0 {
		return ""
	}
	within, _, ok := strings.Cut(all[0].Name, ".")
	if !ok {
		return ""
	}
	within += "."
	for _, a := range all {
		if !strings.HasPrefix(a.Name, within) {
			return ""
		}
	}
	return within
}
