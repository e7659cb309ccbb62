package policy

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxPrivateFields is the width above which a struct does more than one job, or needs a
// reason.
const maxPrivateFields = 15

// wideStructs gives the reason of each struct that is wider than maxPrivateFields, by
// file and name.
var wideStructs = map[string]string{
	"hw/alsa/internal/kernel/params.go status":          "the kernel's struct snd_pcm_status, field by field",
	"tflite/internal/kernels/diagonal.go depthwiseArgs": "the assembly reads it by its offsets",
	"tflite/internal/kernels/impl.go args":              "the assembly reads it by its offsets",
	"tflite/internal/kernels/walk.go elementArgs":       "the assembly reads it by its offsets",
	"tflite/matrix/impl.go Work":                        "the assembly reads it by its offsets",
}

// privateFields counts them.
func privateFields(kind *ast.StructType) (n int) {
	for _, field := range kind.Fields.List {
		for _, name := range field.Names {
			if !name.IsExported() {
				n++
			}
		}
	}
	return n
}

// checkWidth counts the private fields of structs outside tests.
func checkWidth(sources []source, allowed map[string]string) (complaints []string) {
	wide := make(map[string]bool)
	for _, s := range sources {
		if s.file == nil || s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok {
				return true
			}
			kind, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			key, n := s.path+" "+spec.Name.Name, privateFields(kind)
			wide[key] = n > maxPrivateFields
			if wide[key] && allowed[key] == "" {
				complaints = append(complaints, fmt.Sprintf(
					"%s: %d private fields, over %d: split it by jobs, or give a reason in wideStructs",
					key, n, maxPrivateFields))
			}
			return true
		})
	}
	for _, key := range slices.Sorted(maps.Keys(allowed)) {
		if !wide[key] {
			complaints = append(complaints, fmt.Sprintf("wideStructs: %s is not wide any more", key))
		}
	}
	return complaints
}

// maxColumns is how long a line of Go code may be, in characters, a tab counting as one.
const maxColumns = 120

// longText is the length, with its quotes, from which a text or a struct's tag is too long
// to break: whoever looks for a message looks for all of it.
const longText = 42

// longTexts returns the lines on which such a text begins.
func longTexts(text []byte) map[int]bool {
	lines := make(map[int]bool)
	files := token.NewFileSet()
	var words scanner.Scanner
	words.Init(files.AddFile("", -1, len(text)), text, nil, 0)
	for {
		at, kind, literal := words.Scan()
		if kind == token.EOF {
			return lines
		}
		first, _, _ := strings.Cut(literal, "\n")
		if kind == token.STRING && utf8.RuneCountInString(first) >= longText {
			lines[files.PositionFor(at, false).Line] = true
		}
	}
}

// checkColumns finds lines that should be wrapped.
func checkColumns(sources []source) (complaints []string) {
	for _, s := range sources {
		if s.file == nil || ast.IsGenerated(s.file) {
			continue
		}
		number, mayBeLong := 0, longTexts(s.text)
		for line := range strings.Lines(string(s.text)) {
			number++
			n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
			if n > maxColumns && !mayBeLong[number] {
				complaints = append(complaints, fmt.Sprintf("%s:%d: %d characters, over %d", s.path, number, n, maxColumns))
			}
		}
	}
	return complaints
}

// drawnRooms is how many of a folder's packages a package comment names in its drawings
// or lists before it counts as a map of them, which then must name all.
const drawnRooms = 3

// checkMaps finds packages that the map of their folder leaves out: a newcomer takes a
// map for the whole house. Rooms for tests only, and what is internal, need no place.
func checkMaps(sources []source) (complaints []string) {
	rooms := make(map[string]map[string]bool)
	for _, s := range sources {
		if s.file == nil || s.isTest() || isTestFolder(s.folder()) || strings.Contains(s.folder()+"/", "/internal/") {
			continue
		}
		for folder := s.folder(); strings.Contains(folder, "/"); folder = path.Dir(folder) {
			parent := path.Dir(folder)
			if rooms[parent] == nil {
				rooms[parent] = make(map[string]bool)
			}
			rooms[parent][path.Base(folder)] = true
		}
	}
	for _, s := range sources {
		if s.file == nil || path.Base(s.path) != "doc.go" || rooms[s.folder()] == nil {
			continue
		}
		var drawing strings.Builder
		for line := range strings.Lines(s.file.Doc.Text()) {
			if strings.HasPrefix(line, "\t") {
				drawing.WriteString(line)
			}
		}
		words := regexp.MustCompile(`\w+`).FindAllString(drawing.String(), -1)
		var missing []string
		named := 0
		for _, room := range slices.Sorted(maps.Keys(rooms[s.folder()])) {
			if slices.Contains(words, room) {
				named++
			} else {
				missing = append(missing, room)
			}
		}
		if named >= drawnRooms && len(missing) > 0 {
			complaints = append(complaints, fmt.Sprintf("%s: the map leaves out %s", s.path, strings.Join(missing, ", ")))
		}
	}
	return complaints
}

func TestShape(t *testing.T) {
	sources := allSources(t)
	wantNone(t, checkWidth(sources, wideStructs))
	wantNone(t, checkColumns(sources))
	wantNone(t, checkMaps(sources))
}

func TestShapeRulesBite(t *testing.T) {
	fields := strings.Repeat("a, ", maxPrivateFields) + "B, c int"
	wide := sample(t, "agent/x/x.go", "package x\n\ntype t struct{ "+fields+" }\n")
	wantComplaints(t, checkWidth([]source{wide}, map[string]string{"agent/y/y.go u": "gone"}),
		"agent/x/x.go t: 16 private fields", "agent/y/y.go u is not wide")
	wantNone(t, checkWidth([]source{wide}, map[string]string{"agent/x/x.go t": "a reason"}))

	long := strings.Repeat("x", maxColumns)
	wantComplaints(t, checkColumns([]source{sample(t, "agent/x/x.go", "package x\n\nvar "+long+" int\n")}),
		"agent/x/x.go:3: 128 characters")
	wantNone(t, checkColumns([]source{sample(t, "agent/x/x.go", "package x\n\nvar s = \""+long+"\"\n")}))
	// What stands between two texts is none.
	between := "package x\n\nvar s = []string{" + strings.Repeat(`"a", `, maxColumns/4) + "}\n"
	wantComplaints(t, checkColumns([]source{sample(t, "agent/x/x.go", between)}), "agent/x/x.go:3: ")

	house := []source{
		sample(t, "agent/x/doc.go", "// Package x is a map.\n//\n//\ta and b\n//\tc\npackage x\n"),
		sample(t, "agent/x/a/a.go", "package a\n"), sample(t, "agent/x/b/b.go", "package b\n"),
		sample(t, "agent/x/c/c.go", "package c\n"), sample(t, "agent/x/d/d.go", "package d\n"),
		sample(t, "agent/x/internal/e/e.go", "package e\n"), sample(t, "agent/x/ftest/f.go", "package ftest\n"),
	}
	wantComplaints(t, checkMaps(house), "agent/x/doc.go: the map leaves out d")
	wantNone(t, checkMaps(house[:4]))
}
