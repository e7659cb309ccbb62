package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// textRule names what no text file may contain. The patterns are put together
// from pieces, so that this file keeps the rules too.
type textRule struct {
	pattern *regexp.Regexp
	why     string
}

var textRules = []textRule{
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`), "what is unfinished stands in an issue, not in a comment"},
	{regexp.MustCompile(`(^|[\s"'=:(])/(work|ro` + `ot|home|Users)/`), "a path of one machine means nothing on another"},
	{regexp.MustCompile(`GO` + `PROXY|index` + `-url|proxy\.golang` + `\.org|pypi` + `\.org|registry\.npm` + `js`), "where modules and packages come from is the machine's setting"},
	{regexp.MustCompile(`^(<<<<<<<|>>>>>>>) `), "a merge was not finished"},
}

// isQuoted says whether a text file's words are not ours to choose: licences,
// sums, and what a program wrote for a test.
func isQuoted(s source) bool {
	if s.path == "LICENSE" || s.path == "go.sum" {
		return true
	}
	isData := strings.Contains("/"+s.path, "/testdata/")
	return isData && !slices.Contains([]string{".md", ".txt", ".txtar", ".py", ".sh", ".go"}, path.Ext(s.path))
}

// checkText applies the rules to every line of every text file.
func checkText(sources []source) (complaints []string) {
	for _, s := range sources {
		if s.isBinary() || isQuoted(s) {
			continue
		}
		number := 0
		for line := range bytes.Lines(s.text) {
			number++
			for _, rule := range textRules {
				if found := rule.pattern.Find(line); found != nil {
					complaints = append(complaints, fmt.Sprintf("%s:%d: %q: %s", s.path, number, bytes.TrimSpace(found), rule.why))
				}
			}
		}
		if len(s.text) > 0 && !bytes.HasSuffix(s.text, []byte("\n")) {
			complaints = append(complaints, s.path+": the last line does not end")
		}
	}
	return complaints
}

// isShell says whether a file is a shell script: by its name or its first line.
func isShell(s source) bool {
	first, _, _ := bytes.Cut(s.text, []byte("\n"))
	return strings.HasSuffix(s.path, ".sh") || bytes.HasPrefix(first, []byte("#!")) &&
		(bytes.HasSuffix(first, []byte("bash")) || bytes.HasSuffix(first, []byte("/sh")))
}

// checkShell has bash read each script without running it, and wants it to
// stop at the first command that fails.
func checkShell(sources []source) (complaints []string) {
	for _, s := range sources {
		if !isShell(s) {
			continue
		}
		check := exec.Command("bash", "-n")
		check.Stdin = bytes.NewReader(s.text)
		if said, err := check.CombinedOutput(); err != nil {
			complaints = append(complaints, fmt.Sprintf("%s: bash -n: %v: %s", s.path, err, bytes.TrimSpace(said)))
		}
		if !strictMode.Match(s.text) {
			complaints = append(complaints, s.path+": does not stop at the first command that fails: set -e is missing")
		}
	}
	return complaints
}

var strictMode = regexp.MustCompile(`(?m)^set -e`)

// markdownLink finds the target of a link or picture, without its anchor.
var markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

// checkLinks wants a file or folder behind every relative link in Markdown.
func checkLinks(sources []source) (complaints []string) {
	exists := make(map[string]bool)
	for _, s := range sources {
		for name := s.path; name != "."; name = path.Dir(name) {
			exists[name] = true
		}
	}
	for _, s := range sources {
		if !strings.HasSuffix(s.path, ".md") {
			continue
		}
		for _, found := range markdownLink.FindAllSubmatch(s.text, -1) {
			target := string(found[1])
			if strings.Contains(target, ":") {
				continue // another place's address
			}
			if !exists[path.Join(s.folder(), target)] {
				complaints = append(complaints, fmt.Sprintf("%s: links to %s, which is not there", s.path, target))
			}
		}
	}
	return complaints
}

// checkSums compares the files that a SHA256SUMS names with what it says, and
// wants every recording beside or below it to be named.
func checkSums(sources []source) (complaints []string) {
	byPath := make(map[string]source)
	for _, s := range sources {
		byPath[s.path] = s
	}
	for _, list := range sources {
		if path.Base(list.path) != "SHA256SUMS" {
			continue
		}
		named := make(map[string]bool)
		for line := range strings.Lines(string(list.text)) {
			want, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			name = path.Join(list.folder(), name)
			named[name] = true
			if is := sha256.Sum256(byPath[name].text); hex.EncodeToString(is[:]) != want {
				complaints = append(complaints, fmt.Sprintf("%s: is missing or has another sum than %s says", name, list.path))
			}
		}
		for _, s := range sources {
			if inFolder(s.path, list.folder()) && strings.HasSuffix(s.path, ".wav") && !named[s.path] {
				complaints = append(complaints, fmt.Sprintf("%s: is not in %s", s.path, list.path))
			}
		}
	}
	return complaints
}

func TestText(t *testing.T) {
	sources := allSources(t)
	wantNone(t, checkText(sources))
	wantNone(t, checkShell(sources))
	wantNone(t, checkLinks(sources))
	wantNone(t, checkSums(sources))
}

// TestScriptsAreExecutable needs the file system: git keeps this one bit.
func TestScriptsAreExecutable(t *testing.T) {
	for _, s := range allSources(t) {
		if !bytes.HasPrefix(s.text, []byte("#!")) || strings.HasSuffix(s.path, ".py") {
			continue
		}
		info, err := os.Stat(filepath.Join("../..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o111 == 0 {
			t.Errorf("%s: begins with #! but is not executable", s.path)
		}
	}
}

func TestTextRulesBite(t *testing.T) {
	wantComplaints(t, checkText([]source{
		sample(t, "a.md", "fine\n// TO"+"DO: later\n"),
		sample(t, "b.md", "a todo list, and mktemp name.XXXXXX is fine\n"),
		sample(t, "c.md", "in \"/work"+"/x\"\n"),
		sample(t, "d.md", "under frame/work/x, at https://example.com/home/x\n"),
		sample(t, "e.md", "GO"+"PROXY=direct\n"),
		sample(t, "f.md", "no end"),
		sample(t, "g.wav", "RIFF\x00 TO"+"DO"),
		sample(t, "h.md", "<<<<<<< HEAD\n"),
		sample(t, "i.md", "see /ro"+"ot/go\n"),
		sample(t, "dsp/testdata/a.out", "XX"+"X"),
		sample(t, "dsp/testdata/README.md", "XX"+"X\n"),
	}), "a.md:2", "c.md:1", "e.md:1", "f.md: the last line", "h.md:1", "i.md:1", "dsp/testdata/README.md:1")

	wantComplaints(t, checkShell([]source{
		sample(t, "a.sh", "set -eu\nif true; then\n"),
		sample(t, "b", "#!/usr/bin/env bash\necho\n"),
		sample(t, "c", "#!/bin/sh\nset -eu\necho\n"),
		sample(t, "d.py", "#!/usr/bin/env python3\nif (\n"),
	}), "a.sh: bash -n", "b: does not stop")

	wantComplaints(t, checkLinks([]source{
		sample(t, "README.md", "[a](docs/a.md#top) [b](docs) [c](docs/c.md) ![d](https://example.com/d.png) [e](#here)\n"),
		sample(t, "docs/a.md", "[up](../README.md) [away](../../x)\n"),
	}), "README.md: links to docs/c.md", "docs/a.md: links to ../../x")

	sum := sha256.Sum256([]byte("x"))
	digest := hex.EncodeToString(sum[:])
	wantComplaints(t, checkSums([]source{
		sample(t, "r/SHA256SUMS", digest+"  a/x.wav\n"+digest+"  y.wav\n"+digest+"  gone.wav\n"),
		sample(t, "r/a/x.wav", "x"),
		sample(t, "r/y.wav", "y"),
		sample(t, "r/z.wav", "z"),
	}), "r/y.wav: is missing or", "r/gone.wav: is missing or", "r/z.wav: is not in")
}
