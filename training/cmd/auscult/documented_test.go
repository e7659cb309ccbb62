package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/training/pumptest"
)

// shellBlock is a block of commands in a page.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// documented returns the commands of this program in a page, split to words.
func documented(page string) (all [][]string) {
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			if words := strings.Fields(strings.TrimPrefix(line, "sudo ")); len(words) > 1 && words[0] == "auscult" {
				for i, word := range words {
					words[i] = strings.Trim(word, "'\"")
				}
				all = append(all, words[1:])
			}
		}
	}
	return all
}

// notRun says why a documented command is not run here; it is parsed all the same.
func notRun(args []string) string {
	line := strings.Join(args, " ")
	for _, c := range []struct{ has, why string }{
		{"devices", "lists this machine"}, {"doctor", "asks this machine"}, {"record ", "needs a sensor"},
		{"delegates", "asks this machine"}, {"--backend", "needs a library or a program"},
		{"rig", "a table of somebody's rig"}, {"cwru", "somebody's table"}, {"*.wav", "the shell names the files"},
		{"import ", "needs a network of somebody's"},
		{"init", "sets this machine up"}, {"install ", "wants a node"}, {".zip", "a published set that is not here"},
		{"--model auto", "takes half an hour"}, {"--model conv", "takes an hour"},
		{"--recipe", "takes minutes; testdata/script/learn.txt runs it with fewer epochs"},
	} {
		if strings.Contains(line+" ", c.has) {
			return c.why
		}
	}
	return ""
}

// TestDocumentedCommands parses every command of this program in the README and in docs, and runs those that need
// neither a sensor nor a set of somebody else's, page by page in their order.
func TestDocumentedCommands(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, folder := range []string{"my-pump", "bearing", "first", "second"} {
		normal, abnormal := 5, 0
		if i < 2 {
			normal, abnormal = 15, 2 // three of these are kept to judge by
		}
		pumptest.Folder(t, filepath.Join(dir, folder), uint64(100*i+1), normal, abnormal, 2.5)
	}
	clip, err := os.ReadFile(filepath.Join(dir, "my-pump", "normal", "001.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "my-clip.wav"), clip, 0o600); err != nil {
		t.Fatal(err)
	}
	// Pages go on from each other: what one has learned, another judges.
	for name, data := range map[string]string{"my-pump": "my-pump", "pump": "my-pump", "bearing": "bearing"} {
		var errs bytes.Buffer
		args := []string{"train", "--model", "dense", "--epochs", "1", "--data", filepath.Join(dir, data),
			"--out", filepath.Join(dir, name+".tflite")}
		if code := run(t.Context(), args, streams{strings.NewReader(""), &bytes.Buffer{}, &errs}); code != exitOK {
			t.Fatal(errs.String())
		}
	}
	ran, parsed := 0, 0
	for _, name := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		commands := documented(string(text))
		if len(commands) == 0 {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Chdir(dir)
			for _, args := range commands {
				parse(t, args)
				parsed++
				if notRun(args) != "" {
					continue
				}
				var out, errs bytes.Buffer
				if code := run(t.Context(), args, streams{strings.NewReader(""), &out, &errs}); code != exitOK {
					t.Errorf("auscult %s: exit status %d: %s", strings.Join(args, " "), code, errs.String())
				}
				ran++
			}
		})
	}
	if ran < 8 || parsed < 15 {
		t.Errorf("%d commands were found, %d run: are the pages read as they are written?", parsed, ran)
	}
}

// parse fails where the command line does not know a command, a flag or a value.
func parse(t *testing.T, args []string) {
	t.Helper()
	var cli commands
	parser, err := kong.New(&cli, append(values(), kong.Name("auscult"), kong.Vars{"version": ""}, defaults(), choices(),
		kong.BindTo(context.Background(), (*context.Context)(nil)))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Errorf("auscult %s: %v", strings.Join(args, " "), err)
	}
}

// inlineCommand is a command that a page's text names.
var inlineCommand = regexp.MustCompile("`auscult ([a-z]+)([^`]*)`")

// TestNamedCommands: commands and flags that a page's text names are there.
func TestNamedCommands(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var cli commands
	parser, err := kong.New(&cli, append(values(), kong.Vars{"version": ""}, defaults(), choices())...)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range append(pages, "../../../README.md", "../../../CONTRIBUTING.md", "../../../CHANGELOG.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inlineCommand.FindAllStringSubmatch(string(text), -1) {
			at := slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == m[1] })
			if at < 0 {
				t.Errorf("%s: there is no command %q", name, m[1])
				continue
			}
			found++
			for _, flag := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(m[2], -1) {
				if !hasFlag(parser.Model.Children[at], flag[1]) {
					t.Errorf("%s: auscult %s has no flag --%s", name, m[1], flag[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("%d commands were found in the pages' text", found)
	}
}

func hasFlag(n *kong.Node, name string) bool {
	is := func(f *kong.Flag) bool { return f.Name == name || slices.Contains(f.Aliases, name) }
	return slices.ContainsFunc(n.Flags, is) ||
		slices.ContainsFunc(n.Children, func(c *kong.Node) bool { return hasFlag(c, name) })
}
