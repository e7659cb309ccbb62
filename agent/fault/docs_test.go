package fault

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table in docs/faults.md anew")

// TestDocs holds the table for people to the codes: what each means, and what to do about it.
func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "faults.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "| code |")
	want := before + table(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("the table in %s is not that of the codes: go test ./agent/fault -run Docs -update", path)
	}
}

// table returns the codes as a table, in their order in code.go, whose comments are the causes.
func table(t *testing.T) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| code | severity | what it means | what to do |\n|---|---|---|---|\n")
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		code := Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		cause := strings.TrimSpace(v.Comment.Text())
		if cause == "" {
			t.Errorf("%s: no comment says what it means", code)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", code, code.Kind().Severity, cause, code.Kind().Help)
		return true
	})
	return b.String()
}
