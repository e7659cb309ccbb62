package fault

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// scenes are the tables of the tests that raise each fault in a running node or client and
// take its cause away.
const scenes = "faultScenes"

// TestEveryCodeIsPlayed holds the codes to the tables: a code that no test raises and ends,
// or that the list of kinds lacks, is as good as none.
func TestEveryCodeIsPlayed(t *testing.T) {
	codes := constants(t)
	if len(codes) < 25 {
		t.Fatalf("only %d codes found", len(codes))
	}
	played := map[string]int{}
	for _, folder := range []string{"node", "mqtt"} {
		for _, name := range keys(t, filepath.Join("..", folder, "faults_test.go")) {
			played[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		if played[name] != 1 {
			t.Errorf("%s is in %d tables %s of agent/node and agent/mqtt, want 1", name, played[name], scenes)
		}
		if _, known := kinds[Code(codes[name])]; !known {
			t.Errorf("%s has no kind", name)
		}
	}
	if len(kinds) != len(codes) {
		t.Errorf("%d kinds of %d codes", len(kinds), len(codes))
	}
}

// constants returns the codes of code.go by their names.
func constants(t *testing.T) map[string]string {
	t.Helper()
	codes := map[string]string{}
	ast.Inspect(parse(t, "code.go"), func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Code" {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[v.Names[0].Name] = text
		}
		return true
	})
	return codes
}

// keys returns the names of codes that are keys of the table in a file.
func keys(t *testing.T, path string) (names []string) {
	t.Helper()
	ast.Inspect(parse(t, path), func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || v.Names[0].Name != scenes {
			return true
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			names = append(names, e.(*ast.KeyValueExpr).Key.(*ast.SelectorExpr).Sel.Name)
		}
		return false
	})
	if len(names) == 0 {
		t.Errorf("%s has no table %s", path, scenes)
	}
	return names
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
