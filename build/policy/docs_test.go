package policy

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docsIndex names every page of docs, so that whoever comes in by it finds all.
const docsIndex = "docs/README.md"

// docsPages are what people look for; one that is missing is as bad as a dead link.
var docsPages = []string{
	"start", "wiring", "mounting", "record", "families", "report", "false-alarms", "vibration", "mqtt", "security",
	"troubleshooting", "faq", "how-it-works", "benchmarks", "aircraft",
}

// madeTarget is a make target in a page's text or block.
var madeTarget = regexp.MustCompile("(?m)(?:^|`)(?:sudo )?make ((?:-s )?[a-z0-9][a-z0-9 -]*)")

// checkDocs wants every page in the index, the pages that people look for, and every make target that a page names.
func checkDocs(sources []source, wanted []string) (complaints []string) {
	text := make(map[string]string)
	for _, s := range sources {
		text[s.path] = string(s.text)
	}
	index := text[docsIndex]
	for _, name := range wanted {
		if text["docs/"+name+".md"] == "" {
			complaints = append(complaints, fmt.Sprintf("docs: there is no page %s.md", name))
		}
	}
	targets := regexp.MustCompile(`(?m)^([a-z0-9][a-z0-9-]*):`).FindAllStringSubmatch(text["Makefile"], -1)
	exists := func(target string) bool {
		return slices.ContainsFunc(targets, func(t []string) bool { return t[1] == target })
	}
	for _, s := range sources {
		if path.Ext(s.path) != ".md" || s.folder() != "docs" && strings.Contains(s.path, "/") {
			continue
		}
		if s.folder() == "docs" && s.path != docsIndex && !strings.Contains(index, "("+path.Base(s.path)+")") {
			complaints = append(complaints, fmt.Sprintf("%s: is not in %s", s.path, docsIndex))
		}
		for _, found := range madeTarget.FindAllStringSubmatch(text[s.path], -1) {
			for _, target := range strings.Fields(found[1]) {
				if strings.HasPrefix(target, "-") {
					continue
				}
				if !exists(target) {
					complaints = append(complaints, fmt.Sprintf("%s: make %s: there is no such target", s.path, target))
				}
			}
		}
	}
	return complaints
}

func TestDocs(t *testing.T) {
	wantNone(t, checkDocs(allSources(t), docsPages))
}

func TestDocsRuleBites(t *testing.T) {
	all := []source{
		sample(t, "Makefile", "run: build ## Run.\n"), sample(t, docsIndex, "[a](start.md)\n"),
		sample(t, "docs/start.md", "```sh\nmake run\nmake fly\n```\n"), sample(t, "docs/lost.md", "`make run`\n"),
	}
	wantComplaints(t, checkDocs(all, []string{"start", "wiring"}), "docs: there is no page wiring.md", "docs/start.md: make fly: there is no such target",
		"docs/lost.md: is not in docs/README.md")
}
