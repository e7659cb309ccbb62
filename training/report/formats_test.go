package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
)

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
