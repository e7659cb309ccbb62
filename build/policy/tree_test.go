package policy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// modulePath is the name of this module, as go.mod has it.
const modulePath = "github.com/auscult/auscult"

// source is one file of the tree.
type source struct {
	path string // from the repository's root, with slashes
	text []byte
	file *ast.File // nil for what is not compiled as Go
}

// folder returns the folder that the file lies in, "." for the root.
func (s source) folder() string { return path.Dir(s.path) }

// isTest says whether only `go test` compiles the file.
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// isBinary says whether the file is not text, by the rule that git uses.
func (s source) isBinary() bool {
	return bytes.IndexByte(s.text[:min(len(s.text), 8000)], 0) >= 0
}

// lines counts the lines of the file.
func (s source) lines() int { return bytes.Count(s.text, []byte("\n")) }

// inFolder says whether the file or folder name lies in folder or below it.
func inFolder(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// newSource makes a source of text, parsed if it is Go code that the go
// command would compile.
func newSource(name string, text []byte) (source, error) {
	s := source{path: name, text: text}
	if !strings.HasSuffix(name, ".go") {
		return s, nil
	}
	for _, element := range strings.Split(path.Dir(name), "/") {
		if element == "testdata" || element != "." && strings.HasPrefix(element, ".") || strings.HasPrefix(element, "_") {
			return s, nil
		}
	}
	var err error
	s.file, err = parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	return s, err
}

// sample is newSource for the tests of the rules.
func sample(t *testing.T, name, text string) source {
	t.Helper()
	s, err := newSource(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ignoredFolders reads which folders git ignores, from patterns of the forms
// "/a/b/" (only there) and "name/" (anywhere).
func ignoredFolders(root string) func(name string) bool {
	var anchored, anywhere []string
	for _, list := range []string{".gitignore", ".git/info/exclude"} {
		text, err := os.ReadFile(filepath.Join(root, list))
		if err != nil {
			continue // outside git there is neither
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			name, isFolder := strings.CutSuffix(line, "/")
			switch {
			case !isFolder || strings.HasPrefix(line, "#"):
			case strings.Contains(name, "/"):
				anchored = append(anchored, strings.TrimPrefix(name, "/"))
			default:
				anywhere = append(anywhere, name)
			}
		}
	}
	return func(name string) bool {
		return name == ".git" || slices.Contains(anchored, name) || slices.Contains(anywhere, path.Base(name))
	}
}

// tree reads every file of the repository, once for all tests.
var tree = sync.OnceValues(func() ([]source, error) {
	root := "../.."
	ignored := ignoredFolders(root)
	var sources []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if ignored(relative) {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || relative == ".git" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := newSource(relative, text)
		if err != nil {
			return err
		}
		sources = append(sources, s)
		return nil
	})
	return sources, err
})

// allSources returns the tree and fails the test where it is unreadable or
// suspiciously small.
func allSources(t *testing.T) []source {
	t.Helper()
	sources, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 20 {
		t.Fatalf("the tree has only %d files: is the root right?", len(sources))
	}
	return sources
}

// wantNone fails the test with every complaint.
func wantNone(t *testing.T, complaints []string) {
	t.Helper()
	for _, complaint := range complaints {
		t.Error(complaint)
	}
}

// wantComplaints checks that a rule complained once for each text in want, in
// order, and that each complaint contains its text.
func wantComplaints(t *testing.T, complaints []string, want ...string) {
	t.Helper()
	if len(complaints) != len(want) {
		t.Fatalf("%d complaints, want %d: %q", len(complaints), len(want), complaints)
	}
	for i, text := range want {
		if !strings.Contains(complaints[i], text) {
			t.Errorf("complaint %d is %q, want it to contain %q", i, complaints[i], text)
		}
	}
}
