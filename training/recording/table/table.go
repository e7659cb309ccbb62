package table

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// FullScaleG is the acceleration that full scale stands for in clips that are
// tables of numbers in g: the widest range of the sensors that package hw/accel
// drives, so that levels compare with a node's.
const FullScaleG = 16

// MaxSamples is the most that is read of one column.
const MaxSamples = 64 << 20

const (
	maxColumns   = 64
	maxTableLine = 1 << 16
	// tableBits is what such numbers are good for.
	tableBits = 24
)

// readTable reads one column of comma-, semicolon-, tab- or space-separated numbers
// in g, one sample time a line. A first line of names is passed over, and so are
// empty lines and those that begin with #. The mean is removed: it is gravity's.
func readTable(r io.Reader, column int) (pcm []int32, columns int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxTableLine)
	var values []float64
	for n := 1; lines.Scan(); n++ {
		fields, passed := tableFields(lines.Text(), n)
		if passed {
			continue
		}
		if columns == 0 {
			columns = len(fields)
			switch {
			case columns == 0:
				return nil, 0, fmt.Errorf("line %d holds no numbers", n)
			case columns > maxColumns:
				return nil, 0, fmt.Errorf("%d columns: at most %d", columns, maxColumns)
			}
			if column >= columns {
				return nil, columns, nil
			}
		}
		if len(fields) != columns {
			return nil, columns, fmt.Errorf("line %d has %d numbers, those before have %d", n, len(fields), columns)
		}
		v, err := strconv.ParseFloat(fields[column], 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > maxG {
			return nil, columns, fmt.Errorf("line %d: %.20q is no acceleration in g", n, fields[column])
		}
		if len(values) == MaxSamples {
			return nil, columns, fmt.Errorf("longer than %d samples: cut it", MaxSamples)
		}
		values = append(values, v)
	}
	if err := lines.Err(); err != nil {
		return nil, columns, err
	}
	if columns == 0 {
		return nil, 0, fmt.Errorf("holds no numbers")
	}
	pcm, err = centred(values)
	return pcm, columns, err
}

// tableFields returns the numbers of line n, from 1 on, or that it is passed over: it is
// empty, a comment, or the first and one of names.
func tableFields(line string, n int) (fields []string, passed bool) {
	text := strings.TrimSpace(line)
	if text == "" || text[0] == '#' {
		return nil, true
	}
	fields = strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",;\t ", c) })
	if n == 1 && len(fields) > 0 {
		_, err := strconv.ParseFloat(fields[0], 64)
		return fields, err != nil
	}
	return fields, false
}

// maxG is the most that counts as an acceleration.
const maxG = 1e6

// centred returns accelerations in g, less their mean, as samples.
func centred(values []float64) ([]int32, error) {
	if len(values) == 0 || len(values) > MaxSamples {
		return nil, fmt.Errorf("%d samples: must be 1 to %d", len(values), MaxSamples)
	}
	mean := 0.0
	for i, v := range values {
		if !(math.Abs(v) <= maxG) {
			return nil, fmt.Errorf("sample %d: %g is no acceleration in g", i, v)
		}
		mean += v
	}
	mean /= float64(len(values))
	pcm := make([]int32, len(values))
	for i, v := range values {
		x := math.RoundToEven((v - mean) / FullScaleG * (1 << 31))
		pcm[i] = int32(max(math.MinInt32, min(x, math.MaxInt32)))
	}
	return pcm, nil
}
