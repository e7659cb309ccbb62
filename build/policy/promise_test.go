package policy

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// promisePage says what becomes of an alert, and which tests hold each sentence.
const promisePage = "docs/promise.md"

// held is what each sentence of the page ends with: the tests' packages and names.
var held = regexp.MustCompile("\\. \\[(`[a-z0-9/]+\\.Test\\w+`(?:, `[a-z0-9/]+\\.Test\\w+`)*)\\]$")

// checkPromise wants of each item of the page one sentence that names tests that there are.
func checkPromise(sources []source) (complaints []string) {
	tests := make(map[string]bool)
	var page string
	for _, s := range sources {
		if s.path == promisePage {
			page = string(s.text)
		}
		if !s.isTest() {
			continue
		}
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(s.text), -1) {
			tests[path.Dir(s.path)+"."+name[1]] = true
		}
	}
	items := 0
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "- ") {
			continue
		}
		items++
		found := held.FindStringSubmatch(line)
		if found == nil {
			complaints = append(complaints, fmt.Sprintf("%s: no test holds %q", promisePage, line))
			continue
		}
		for _, name := range strings.Split(found[1], ", ") {
			if name = strings.Trim(name, "`"); !tests[name] {
				complaints = append(complaints, fmt.Sprintf("%s: there is no test %s", promisePage, name))
			}
		}
	}
	if items == 0 {
		complaints = append(complaints, promisePage+": promises nothing")
	}
	return complaints
}

func TestPromise(t *testing.T) {
	wantNone(t, checkPromise(allSources(t)))
}

// TestCheckPromise gives checkPromise a page that lacks something everywhere.
func TestCheckPromise(t *testing.T) {
	got := checkPromise([]source{
		{path: "docs/promise.md", text: []byte("text\n- Held. [`a/b.TestX`]\n- Not held.\n- Held by nobody. [`a/b.TestX`, `a/b.TestY`]\n" +
			"- Elsewhere. [`a.TestX`]\n")},
		{path: "a/b/b_test.go", text: []byte("package b\n\nfunc TestX(t *testing.T) {}\n")},
	})
	want := []string{
		`docs/promise.md: no test holds "- Not held."`, "docs/promise.md: there is no test a/b.TestY",
		"docs/promise.md: there is no test a.TestX",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := checkPromise(nil); !slices.Equal(got, []string{"docs/promise.md: promises nothing"}) {
		t.Errorf("without a page: %q", got)
	}
}
