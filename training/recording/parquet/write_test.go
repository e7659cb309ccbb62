package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

// TestWrite reads back what was written: numbers with and without gaps, many columns, texts of any kind, no rows.
func TestWrite(t *testing.T) {
	nan := math.NaN()
	long := make([]float64, 1000)
	for i := range long {
		if long[i] = float64(i) * 0.1; i%7 < 2 {
			long[i] = nan
		}
	}
	many := []Series{}
	for i := range 40 {
		many = append(many, Series{Name: fmt.Sprint("c", i), Numbers: []float64{float64(i), nan}})
	}
	for name, columns := range map[string][]Series{
		"one": {{Name: "a", Numbers: []float64{1, -2.5, math.Inf(1)}}},
		"gaps": {{Name: "score", Numbers: []float64{nan, nan, 3, 4, nan}},
			{Name: "clip ü", Texts: []string{"", "b", "ß", "=1", "x\ny"}}},
		"long": {{Name: "x", Numbers: long}}, "many": many, "none": {{Name: "x", Numbers: []float64{}}, {Name: "t"}},
	} {
		var b bytes.Buffer
		if err := Write(&b, "test", columns); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(f.Columns) != len(columns) || f.Rows != int64(columns[0].len()) {
			t.Fatalf("%s: %d columns of %d rows", name, len(f.Columns), f.Rows)
		}
		for i, c := range columns {
			if f.Columns[i].Name != c.Name || f.Columns[i].IsNumber != (c.Numbers != nil) {
				t.Errorf("%s: column %d is %+v", name, i, f.Columns[i])
			}
			for k, text := range c.Texts {
				if !bytes.Contains(b.Bytes(), append([]byte{byte(len(text)), 0, 0, 0}, text...)) {
					t.Errorf("%s: text %d is not there", name, k)
				}
			}
			if c.Numbers != nil {
				readsBack(t, f, i, c.Numbers)
			}
		}
	}
}

func readsBack(t *testing.T, f *File, column int, want []float64) {
	t.Helper()
	cursor, err := f.Cursor(column)
	if err != nil {
		t.Fatal(err)
	}
	defer cursor.Close()
	for k, v := range want {
		got, err := cursor.Next()
		if err != nil || got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
			t.Fatalf("column %d, row %d: %v, %v, want %v", column, k, got, err, v)
		}
	}
	if _, err := cursor.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("column %d goes on: %v", column, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	for want, columns := range map[string][]Series{
		"no columns": nil,
		"2 rows":     {{Name: "a", Numbers: []float64{1}}, {Name: "b", Texts: []string{"x", "y"}}},
	} {
		if err := Write(io.Discard, "", columns); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
