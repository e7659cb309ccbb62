package policy

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// topLevel lists what may stand in the repository's root, folders and files.
// It is fixed so that a newcomer sees the data's way in the folder list.
var topLevel = []string{
	"agent", "build", "docs", "dsp", "hw", "systemd", "tflite", "training", ".ci",
	".github", // the public forge looks for its workflows nowhere else
	"go.mod", "go.sum", "LICENSE", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
	".gitattributes", ".gitignore", ".golangci.yml",
}

// vagueNames say nothing of what a package provides.
var vagueNames = []string{"common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}

// maxLines is the length above which a file that is not a test needs a reason.
const maxLines = 600

// longFiles gives the reason of each file that is longer than maxLines.
var longFiles = map[string]string{
	"training/foreign/onnx/schema/onnx.pb.go": "protoc-gen-go makes it of onnx.proto",
}

// initFunctions gives the reason of each file with an init function: only
// drivers that register themselves and CPU flags that are read once are reasons.
var initFunctions = map[string]string{
	"hw/alsa/driver.go": "registers the driver with i2sreg, as periph's drivers do with its registries",

	"training/foreign/onnx/schema/onnx.pb.go": "protoc-gen-go registers messages so",
}

// checkTopLevel applies topLevel, and keeps Go files out of the root.
func checkTopLevel(sources []source) (complaints []string) {
	for _, s := range sources {
		first, _, isBelow := strings.Cut(s.path, "/")
		if !isBelow && strings.HasSuffix(s.path, ".go") {
			complaints = append(complaints, s.path+": a Go file in the root: every package has a folder that says what it is for")
		} else if !slices.Contains(topLevel, first) {
			complaints = append(complaints, s.path+": not in the list of what stands at the top level")
		}
	}
	return complaints
}

// checkPackages wants of each folder with Go code one package comment that
// begins as godoc expects it, in doc.go where there is more than one file, and
// a name that says something.
func checkPackages(sources []source) (complaints []string) {
	folders := make(map[string][]source)
	for _, s := range sources {
		if s.file != nil && !s.isTest() {
			folders[s.folder()] = append(folders[s.folder()], s)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		files := folders[folder]
		name := files[0].file.Name.Name
		start := "Package " + name + " "
		if name == "main" {
			start = "Command " + path.Base(folder) + " "
		}
		var commented []source
		for _, s := range files {
			if s.file.Doc != nil {
				commented = append(commented, s)
			}
		}
		switch {
		case slices.Contains(vagueNames, name):
			complaints = append(complaints, fmt.Sprintf("%s: package %s: the name does not say what it provides", folder, name))
		case len(commented) != 1:
			complaints = append(complaints, fmt.Sprintf("%s: %d package comments, want 1", folder, len(commented)))
		case !strings.HasPrefix(commented[0].file.Doc.Text(), start):
			complaints = append(complaints, fmt.Sprintf("%s: the package comment does not begin with %q", commented[0].path, start))
		case name != "main" && len(files) > 1 && path.Base(commented[0].path) != "doc.go":
			complaints = append(complaints, fmt.Sprintf("%s: the package comment belongs into doc.go", commented[0].path))
		}
	}
	return complaints
}

// checkLength applies maxLines to Go code, assembly and scripts.
func checkLength(sources []source, allowed map[string]string) (complaints []string) {
	for _, s := range sources {
		isCode := s.file != nil || strings.HasSuffix(s.path, ".s") || isShell(s)
		if isCode && !s.isTest() && s.lines() > maxLines && allowed[s.path] == "" {
			complaints = append(complaints, fmt.Sprintf("%s: %d lines, over %d: split it, or give a reason in longFiles", s.path, s.lines(), maxLines))
		}
	}
	return complaints
}

// checkInit finds init functions that allowed gives no reason for.
func checkInit(sources []source, allowed map[string]string) (complaints []string) {
	for _, s := range sources {
		if s.file == nil {
			continue
		}
		for _, declaration := range s.file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.Name == "init" && allowed[s.path] == "" {
				complaints = append(complaints, s.path+": has an init function; only drivers that register themselves and CPU flags may")
			}
		}
	}
	return complaints
}

// checkSleep finds tests that wait for the real clock: they are slow, and fail
// on a busy machine. Under testing/synctest time passes by itself.
func checkSleep(sources []source) (complaints []string) {
	for _, s := range sources {
		if s.file == nil || !s.isTest() {
			continue
		}
		inBubble := slices.ContainsFunc(s.file.Imports,
			func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"testing/synctest"` })
		ast.Inspect(s.file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "Sleep" || inBubble {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "time" {
				complaints = append(complaints, s.path+": sleeps by the real clock; use testing/synctest, or wait for what you wait for")
			}
			return true
		})
	}
	return complaints
}

// checkTestdata wants a README.md or ATTRIBUTION.md in or above every data file
// of a testdata folder: data of unknown origin cannot be made again, nor
// passed on. Fuzz corpora and script tests explain themselves.
func checkTestdata(sources []source) (complaints []string) {
	told := make(map[string]bool)
	for _, s := range sources {
		if base := path.Base(s.path); base == "README.md" || base == "ATTRIBUTION.md" {
			told[s.folder()] = true
		}
	}
	missing := make(map[string]bool)
	for _, s := range sources {
		before, below, ok := strings.Cut("/"+s.path, "/testdata/")
		if !ok || inFolder(below, "fuzz") || strings.HasSuffix(below, ".txtar") ||
			strings.HasSuffix(below, ".txt") && inFolder(below, "script") {
			continue
		}
		top := strings.TrimPrefix(before, "/") + "/testdata"
		isTold := false
		for folder := s.folder(); !isTold && inFolder(folder, top); folder = path.Dir(folder) {
			isTold = told[folder]
		}
		if !isTold {
			missing[top] = true
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(missing)) {
		complaints = append(complaints, folder+": no README.md says which program and version made these files")
	}
	return complaints
}

func TestLayout(t *testing.T) {
	sources := allSources(t)
	wantNone(t, checkTopLevel(sources))
	wantNone(t, checkPackages(sources))
	wantNone(t, checkLength(sources, longFiles))
	wantNone(t, checkInit(sources, initFunctions))
	wantNone(t, checkSleep(sources))
	wantNone(t, checkTestdata(sources))
}

func TestLayoutRulesBite(t *testing.T) {
	wantComplaints(t, checkTopLevel([]source{
		sample(t, "main.go", "package main\n"),
		sample(t, "pkg/x/x.go", "package x\n"),
		sample(t, "notes.txt", ""),
		sample(t, "dsp/doc.go", "package dsp\n"),
	}), "main.go: a Go file in the root", "pkg/x/x.go", "notes.txt")

	wantComplaints(t, checkPackages([]source{
		sample(t, "agent/none/a.go", "package none\n"),
		sample(t, "agent/none/none_test.go", "// Package none is documented in a test only.\npackage none\n"),
		sample(t, "agent/twice/a.go", "// Package twice has a comment.\npackage twice\n"),
		sample(t, "agent/twice/doc.go", "// Package twice has another one.\npackage twice\n"),
		sample(t, "agent/wrong/doc.go", "// This package is something.\npackage wrong\n"),
		sample(t, "agent/place/a.go", "// Package place has its comment in the wrong file.\npackage place\n"),
		sample(t, "agent/place/b.go", "package place\n"),
		sample(t, "agent/util/doc.go", "// Package util is what is left over.\npackage util\n"),
		sample(t, "agent/good/doc.go", "// Package good is good.\npackage good\n"),
		sample(t, "agent/alone/alone.go", "// Package alone is one file.\npackage alone\n"),
		sample(t, "agent/cmd/good/main.go", "// Command good is good.\npackage main\n"),
		sample(t, "agent/cmd/wrong/main.go", "// Package main is a command.\npackage main\n"),
	}),
		`agent/cmd/wrong/main.go: the package comment does not begin with "Command wrong "`,
		"agent/none: 0 package comments",
		"agent/place/a.go: the package comment belongs into doc.go",
		"agent/twice: 2 package comments",
		"agent/util: package util",
		`agent/wrong/doc.go: the package comment does not begin with "Package wrong "`)

	long := "package x\n" + strings.Repeat("\n", maxLines)
	wantComplaints(t, checkLength([]source{
		sample(t, "agent/x/long.go", long),
		sample(t, "agent/x/long_test.go", long),
		sample(t, "agent/x/reason.go", long),
		sample(t, "agent/x/short.go", long[:len(long)-1]),
		sample(t, "build/long", "#!/bin/sh\n"+long),
	}, map[string]string{"agent/x/reason.go": "a table"}), "agent/x/long.go: 601 lines", "build/long")

	wantComplaints(t, checkInit([]source{
		sample(t, "hw/x/x.go", "package x\n\nfunc init() {}\n"),
		sample(t, "hw/x/driver.go", "package x\n\nfunc init() {}\n"),
		sample(t, "hw/x/method.go", "package x\n\ntype T int\n\nfunc (T) init() {}\n"),
	}, map[string]string{"hw/x/driver.go": "registers the driver"}), "hw/x/x.go")

	const sleeps = "\nfunc f() { time.Sleep(1); g.Sleep(2) }\n"
	wantComplaints(t, checkSleep([]source{
		sample(t, "hw/x/a_test.go", "package x\n\nimport \"time\"\n"+sleeps),
		sample(t, "hw/x/b_test.go", "package x\n\nimport (\n\"testing/synctest\"\n\"time\"\n)\n"+sleeps),
	}), "hw/x/a_test.go")

	wantComplaints(t, checkTestdata([]source{
		sample(t, "dsp/testdata/a.npy", ""),
		sample(t, "dsp/testdata/more/b.npy", ""),
		sample(t, "hw/testdata/README.md", ""),
		sample(t, "hw/testdata/deep/a.wav", ""),
		sample(t, "tflite/testdata/fuzz/FuzzOpen/1", ""),
		sample(t, "training/cmd/auscult/testdata/script/a.txt", ""),
		sample(t, "training/testdata/here/ATTRIBUTION.md", ""),
		sample(t, "training/testdata/here/a.wav", ""),
		sample(t, "training/testdata/there/a.wav", ""),
	}), "dsp/testdata", "training/testdata")
}
