package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/config"
)

// TestDelegates names what a backend lacks, and an accelerator that cannot be opened.
func TestDelegates(t *testing.T) {
	root := t.TempDir()
	program := filepath.Join(root, "backend")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	settings.Sources = []config.Source{
		{Name: "a"}, {Name: "b", Backend: "exec:" + program}, {Name: "c", Backend: "exec:" + root + "/none"},
		{Name: "d", Backend: "auto"},
	}
	var up Report
	up.delegates(root, &settings)
	var said []string
	for _, k := range up.Checks {
		said = append(said, string(k.State)+" "+k.Text)
		if k.State != good && k.Fix == "" {
			t.Errorf("nothing helps: %+v", k)
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{
		"ok exec:" + program, "no such file",
		"warning auto cannot compute", "edgetpu: no model",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
}
