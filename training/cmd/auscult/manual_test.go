package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPagesAreCommitted holds docs/cli and the command line together: `make pages` writes them.
func TestPagesAreCommitted(t *testing.T) {
	folder, kept := t.TempDir(), filepath.Join("..", "..", "..", "docs", "cli")
	args := []string{"manual", "--format", "markdown", folder}
	if code := run(t.Context(), args, streams{nil, t.Output(), t.Output()}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	pages, err := os.ReadDir(folder)
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		want, err := os.ReadFile(filepath.Join(folder, page.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(kept, page.Name())); err != nil || string(got) != string(want) {
			t.Errorf("docs/cli/%s is not what the command line says (%v): run make pages", page.Name(), err)
		}
	}
	if left, err := os.ReadDir(kept); err != nil || len(left) != len(pages) {
		t.Errorf("docs/cli has %d pages, there are %d commands and the program: %v", len(left), len(pages)-1, err)
	}
}

// TestManualIsTroff has nothing at a line's begin that a text did not mean as a request.
func TestManualIsTroff(t *testing.T) {
	folder := t.TempDir()
	if code := run(t.Context(), []string{"manual", folder}, streams{nil, t.Output(), t.Output()}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	requests := []string{".TH", ".SH", ".TP", ".B", ".nf", ".fi", ".BR"}
	for _, name := range []string{"auscult.1", "auscult-train.1", "auscult-spool-ls.1"} {
		page, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(page)) {
			request, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case !strings.HasPrefix(line, ".") && !strings.HasPrefix(line, "'"):
			case slices.Contains(requests, request):
			default:
				t.Errorf("%s: %q is a request", name, line)
			}
		}
	}
	if got := troff(".x\n'y\n-\\"); got != "\\&.x\n\\&'y\n\\-\\e" {
		t.Errorf("%q", got)
	}
}
