package acceltest_test

import (
	"os"
	"strings"
	"testing"
)

// TestDocTable holds the budgets in the package comment to those that the
// example prints and is tested for.
func TestDocTable(t *testing.T) {
	doc, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, output, found := strings.Cut(string(example), "// Output:\n")
	if !found {
		t.Fatal("the example has no output")
	}
	rows := 0
	for line := range strings.Lines(output) {
		row, isRow := strings.CutPrefix(strings.TrimSpace(line), "// ")
		if !isRow {
			continue
		}
		rows++
		if !strings.Contains(string(doc), "//\t"+row+"\n") {
			t.Errorf("doc.go lacks %q", row)
		}
	}
	if rows != 16 {
		t.Errorf("%d rows, want 16", rows)
	}
}
