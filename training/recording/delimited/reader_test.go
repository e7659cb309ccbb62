package delimited

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	point, comma := Dialect{}, Dialect{DecimalComma: true}
	for _, c := range []struct {
		d    Dialect
		cell string
		want float64
	}{
		{point, "1.5", 1.5}, {point, "-.5", -0.5}, {point, "+1e-3", 1e-3}, {point, "1.", 1}, {point, "2.5D-03", 2.5e-3},
		{point, "1,023.5", 1023.5}, {point, "-1,234,567", -1234567}, {point, "1'023.5", 1023.5}, {point, "1 023.5", 1023.5},
		{point, "−3.5", -3.5}, {point, "0x1p-5", 1.0 / 32}, {point, "0xff", 255}, {point, "1e400", math.Inf(1)},
		{point, "-inf", math.Inf(-1)}, {point, "1.#INF", math.Inf(1)}, {point, "1e-400", 0},
		{comma, "1,5", 1.5}, {comma, "-,5", -0.5}, {comma, "1.023,5", 1023.5}, {comma, "1 023,5", 1023.5}, {comma, "7", 7},
		{comma, "2,5E-3", 2.5e-3}, {comma, "0.5", 0.5},
	} {
		if v, ok := c.d.Number(c.cell); !ok || v != c.want {
			t.Errorf("%q is %g, %v, want %g", c.cell, v, ok, c.want)
		}
	}
	for _, cell := range []string{
		"", "x", "1_000", "1.2.3", "--1", "1,23.5", "12,34", "nan", "1:30", "0x", "1e", "endless", "e5", "1-2", "٣", "1.5 g",
	} {
		if v, ok := point.Number(cell); ok {
			t.Errorf("%q is %g", cell, v)
		}
	}
	if v, ok := comma.Number("1,5.2"); ok {
		t.Errorf("1,5.2 is %g", v)
	}
}

func TestStamps(t *testing.T) {
	const day = 19786 // 2024-03-04
	at := 18*time.Hour + 13*time.Minute + 5*time.Second + 25*time.Millisecond
	for cell, want := range map[string]Stamp{
		"2024-03-04T18:13:05.025Z":      {true, true, day, at},
		"2024-03-04 18:13:05,025":       {true, true, day, at},
		"2024-03-04T18:13:05.025+01:00": {true, true, day, at - time.Hour},
		"2024-03-04T18:13:05.025-0130":  {true, true, day, at + 90*time.Minute},
		"2024/03/04 18:13:05.025 UTC":   {true, true, day, at},
		"04.03.2024 18:13:05,025":       {true, true, day, at},
		"4.3.24 18:13:05.025":           {true, true, day, at},
		"3/4/2024 6:13:05.025 PM":       {true, true, day, at},
		"14/3/2024 18:13:05.025":        {true, true, day + 10, at},
		"04-Mar-2024 18:13:05.025":      {true, true, day, at},
		"Mar 4, 2024 18:13:05.025":      {true, true, day, at},
		"20240304T181305.025":           {true, true, day, at},
		"18:13:05:025":                  {false, true, 0, at},
		"18:13:05.025000000":            {false, true, 0, at},
		"2024-03-04":                    {true, false, day, 0},
		"12:13 AM":                      {false, true, 0, 13 * time.Minute},
		"13:05.5":                       {false, true, 0, 13*time.Minute + 5500*time.Millisecond},
		"100:00:01":                     {false, true, 0, 100*time.Hour + time.Second},
	} {
		if got, ok := ParseStamp(cell); !ok || got != want {
			t.Errorf("%q is %+v, %v, want %+v", cell, got, ok, want)
		}
	}
	for _, cell := range []string{
		"", "12", "1.5", "12:", ":12", "12:60", "18:13:61", "2024-13-04", "2024-03-32", "1-2-3-4", "a:b",
		"10:20:30:40:50", "2024-03-04T18:13:05+xx", "1.2.3 4", strings.Repeat("1", 60),
	} {
		if got, ok := ParseStamp(cell); ok {
			t.Errorf("%q is %+v", cell, got)
		}
	}
}

func TestMissing(t *testing.T) {
	for cell, want := range map[string]bool{
		"": true, "NaN": true, "-nan(ind)": true, "#N/A": true, "NULL": true, "-": true, "0": false, "x": false,
		"nan nan nan nan": false,
	} {
		if Missing(cell) != want {
			t.Errorf("Missing(%q) is %v", cell, !want)
		}
	}
}

// rowsOfText reads all lines as cells joined by "|", remarks with a # before.
func rowsOfText(t *testing.T, text string) (got []string, l Layout, err error) {
	t.Helper()
	in, err := NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return got, in.Layout(), nil
		}
		if err != nil {
			return got, in.Layout(), err
		}
		line := strings.Join(row.Cells, "|")
		if row.Remark {
			line = "#" + line
		}
		got = append(got, line)
	}
}

func TestReader(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
		mark rune
		line int
	}{
		"words":           {"file,speed\na.wav,1\nb.wav,2\n", []string{"file|speed", "a.wav|1", "b.wav|2"}, ',', 2},
		"quotes":          {"\"a, b\",1\n\"c \"\"d\"\"\",2\n", []string{`a, b|1`, `c "d"|2`}, ',', 1},
		"line in quotes":  {"\"a\n1,2\n3,4\n", []string{"a", "1|2", "3|4"}, ',', 2},
		"remarks":         {"; one\n# two\n1,2\n", []string{"#one", "#two", "1|2"}, ',', 3},
		"semicolons":      {"a;b\n;2\n1;\n", []string{"a|b", "|2", "1|"}, ';', 2},
		"tabs keep cells": {"1\t2\t3\n\t\t4\n5\t\t\n", []string{"1|2|3", "||4", "5||"}, '\t', 1},
		"spaces":          {"  1   2\t3\n 4 5 6\n", []string{"1|2|3", "4|5|6"}, ' ', 1},
		"spaces in names": {"\"speed of it\" load\n1 2\n", []string{"speed of it|load", "1|2"}, ' ', 2},
		"line ends":       {"1,2\r3,4\r\n5,6\n\n\r7,8", []string{"1|2", "3|4", "5|6", "7|8"}, ',', 1},
		"nothing":         {"", nil, ',', 0},
		"blank":           {"\n \n\r\n", nil, ',', 0},
		"mark":            {"sep=|\n1|2\n", []string{"1|2"}, '|', 2},
		"Latin-1":         {"gr\xf6\xdfe,2\n1,2\n", []string{"größe|2", "1|2"}, ',', 2},
		"odd quotes":      {"5\",1\n6\",2\n", []string{"5|1", "6|2"}, ',', 1},
	} {
		got, l, err := rowsOfText(t, c.text)
		if err != nil || !slices.Equal(got, c.want) || l.Comma != c.mark || l.DataLine != c.line {
			t.Errorf("%s: %q, separated by %q, data from line %d, %v; want %q, %q, %d", name, got, l.Comma, l.DataLine, err, c.want,
				c.mark, c.line)
		}
	}
	if _, _, err := rowsOfText(t, "1,2\n"+strings.Repeat("x", maxLine+1)); !errors.Is(err, ErrLongLine) {
		t.Errorf("a long line: %v", err)
	}
	_, _, err := rowsOfText(t, "1,2\n"+strings.Repeat(",", maxCells+1))
	if err == nil || !strings.Contains(err.Error(), "line 2: 4098 cells") {
		t.Errorf("many cells: %v", err)
	}
}

// TestDecimalCommaAlone tells a decimal comma in a single column from two columns.
func TestDecimalCommaAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"0,053\n-0,021\n0,5\n": true, "0,5\n0,7\n1,2\n": true, "12,052\n13,946\n": true,
		"1,2\n3,4\n5,6\n": false, "0,5,1\n0,6,2\n": false, "1.5,2\n0.5,3\n": false,
	} {
		if _, l, err := rowsOfText(t, text); err != nil || l.DecimalComma != want {
			t.Errorf("%q: decimal comma %v, %v", text, l.DecimalComma, err)
		}
	}
}
