package firstboot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a file that a page shows: "```text wifi.txt".
var block = regexp.MustCompile("(?ms)^( *)```[a-z]+ ([a-z_]+\\.[a-z]+)\n(.*?)^ *```$")

// TestDocs takes up every file that the documentation shows, and the image's templates.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(err, pages)
	}
	shown := map[string]int{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(text), -1) {
			file, content := m[2], strings.ReplaceAll("\n"+m[3], "\n"+m[1], "\n")
			shown[file]++
			report := newCard(t, map[string]string{file: content}).boot()
			if !strings.Contains(report, "taken  "+file+": ") {
				t.Errorf("%s: %s\n%s", page, file, report)
			}
		}
	}
	for _, file := range []string{"auscult.toml", "network.txt", "wifi.txt"} {
		if shown[file] == 0 {
			t.Errorf("no page shows %s", file)
		}
	}
}

// TestTemplates has the files that the image brings set nothing as they are, and something right
// when the # before their settings is taken away.
func TestTemplates(t *testing.T) {
	setting := regexp.MustCompile(`(?m)^#([a-z_\[])`)
	files := []string{"auscult.toml", "network.txt", "wifi.txt"}
	for _, file := range slices.Concat(files, []string{"authorized_keys.txt", "user-data", "network-config"}) {
		text, err := os.ReadFile(filepath.Join("../../build/image/card", file))
		if err != nil {
			t.Fatal(err)
		}
		if report := newCard(t, map[string]string{file: string(text)}).boot(); !strings.Contains(report, "empty  "+file) {
			t.Errorf("%s as it is:\n%s", file, report)
		}
		if !slices.Contains(files, file) {
			continue // it shows no setting
		}
		full := setting.ReplaceAllString(string(text), "$1")
		report := newCard(t, map[string]string{file: full}).boot()
		if full == string(text) || !strings.Contains(report, "taken  "+file) {
			t.Errorf("%s filled in:\n%s", file, report)
		}
	}
}
