package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/recording/parquet"
)

// TestTablesAsParquet: columns of numbers are numbers, with their unit in the name, gaps where the page has none; names
// are told apart; all else is text.
func TestTablesAsParquet(t *testing.T) {
	table := Table{Name: "x", rows: [][]string{
		{"clip", "score", "share", "mixed", "share", "", "gap", "none", "range"},
		{"a=1", "+0.5", "12 %", "3 dB", "1.5 %", "1e-3", "-", "-", "0.7 to 1"},
		{"b\xff", "-2", "0 %", "4 %", "", "2", "7", "—", "0.8 to 1"},
	}}
	var b bytes.Buffer
	if err := table.Parquet(&b); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || f.Rows != 2 {
		t.Fatalf("%+v, %v", f, err)
	}
	nan := math.NaN()
	for i, want := range []struct {
		name    string
		numbers []float64
	}{
		{"clip", nil}, {"score", []float64{0.5, -2}}, {"share, %", []float64{12, 0}}, {"mixed", nil},
		{"share, % (2)", []float64{1.5, nan}}, {"column 6", []float64{1e-3, 2}}, {"gap", []float64{nan, 7}}, {"none", nil},
		{"range", nil},
	} {
		c := f.Columns[i]
		if c.Name != want.name || c.IsNumber != (want.numbers != nil) {
			t.Errorf("column %d: %q, a number: %v", i, c.Name, c.IsNumber)
			continue
		}
		if want.numbers == nil {
			continue
		}
		cursor, err := f.Cursor(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range want.numbers {
			if got, err := cursor.Next(); err != nil || got != v && !(math.IsNaN(v) && math.IsNaN(got)) {
				t.Errorf("%s: %v, %v, want %v", want.name, got, err, v)
			}
		}
	}
	for _, page := range hostilePage().Tables() {
		if err := page.Parquet(&b); err != nil {
			t.Error(err)
		}
	}
}

// hostilePage has names in it that are markup, formulas and lines.
func hostilePage() *Page {
	t := &table{Head: head("clip", "score#", "what")}
	t.add("=cmd|' /C calc'!A0", "-1.5", "a|b\nc")
	t.add("*bold*_it_<b>", "+3.2", "-6 dB")
	return &Page{
		Title: "pump <7> | *x*", Model: &model.Model{}, Settings: &model.Settings{},
		Verdict: verdict{Text: "all is well", Cards: []card{{"8 of 8", "heard", "good"}}, Next: []string{"nothing"}},
		Parts: []part{{ID: evidence, Title: "Evidence", Sections: []section{
			{ID: "clips", Title: "Clips", Blocks: []block{{Table: t}, {Table: t, List: []string{"one"}}}},
		}}},
		Warnings: []string{"look\nout"},
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := hostilePage().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"# pump \\<7> \\| \\*x\\*\n", "**all is well**", "- **8 of 8** heard", "1. nothing", "> look out",
		"| clip | score | what |\n|---|---:|---|\n", "a\\|b c", "\\*bold\\*\\_it\\_\\<b>", "- one",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

func TestTablesAsCSV(t *testing.T) {
	tables := hostilePage().Tables()
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
	}
	if got := strings.Join(names, " "); got != "verdict clips clips-2" {
		t.Fatalf("tables %s", got)
	}
	var b bytes.Buffer
	if err := tables[1].CSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[1][0] != "'=cmd|' /C calc'!A0" || rows[1][1] != "-1.5" || rows[1][2] != "a|b\nc" || rows[2][1] != "+3.2" ||
		rows[2][2] != "-6 dB" {
		t.Errorf("rows %q", rows)
	}
}
