package table

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/auscult/auscult/training/recording/delimited"
	"github.com/auscult/auscult/training/recording/parquet"
)

// openParquet opens a Parquet file.
func openParquet(t *file, at *os.File, size int64) error {
	of, err := parquet.Open(at, size)
	if err != nil {
		return err
	}
	rows := &parquetRows{}
	numbers := 0
	for i, c := range of.Columns {
		column := column{kind: delimited.Text}
		column.name, column.unit = splitUnit(c.Name)
		decimals := 12
		var cursor *parquet.Cursor
		if c.IsNumber {
			if cursor, err = of.Cursor(i); err != nil {
				return err
			}
			numbers++
			column.kind = delimited.Number
			switch {
			case c.IsTime:
				column.kind, column.dated = delimited.Moment, true
			case c.IsWhole:
				decimals = 0
			}
		}
		rows.cursors = append(rows.cursors, cursor)
		t.heading.columns = append(t.heading.columns, column)
		t.decimals = append(t.decimals, decimals)
	}
	switch {
	case numbers == 0:
		return errors.New("is a Parquet file without a column of numbers at its top level: lists within a cell must be " +
			"unpacked, one number a row")
	case len(rows.cursors) > maxColumns:
		return fmt.Errorf("%d columns: at most %d", len(rows.cursors), maxColumns)
	}
	t.rows, t.style = rows, fmt.Sprintf("Parquet, %s", plural(int(min(of.Rows, math.MaxInt32)), "row", "rows"))
	return nil
}

// parquetRows gives the rows of a Parquet file.
type parquetRows struct {
	cursors []*parquet.Cursor // nil where a column has no numbers, or is not wanted
	bad     int               // values that are infinite
}

// choose implements rows.
func (p *parquetRows) choose(wanted []bool) {
	for i, c := range p.cursors {
		if c != nil && !wanted[i] {
			c.Close()
			p.cursors[i] = nil
		}
	}
}

// next implements rows.
func (p *parquetRows) next(values []float64) error {
	for i, c := range p.cursors {
		values[i] = math.NaN()
		if c == nil {
			continue
		}
		v, err := c.Next()
		if err != nil {
			return err
		}
		values[i] = v
		if math.IsInf(v, 0) {
			p.bad++
		}
	}
	return nil
}

// cut implements rows: a file that is cut has no footer.
func (*parquetRows) cut() bool { return false }

// notes implements rows.
func (p *parquetRows) notes() []string {
	if p.bad == 0 {
		return nil
	}
	return []string{infinite(p.bad)}
}
