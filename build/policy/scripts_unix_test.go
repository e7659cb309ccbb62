//go:build unix

package policy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackageScriptsOfRPM takes a package's scripts through what rpm calls them with, on a system that has nothing of
// Debian's: numbers, of packages that there are afterwards.
func TestPackageScriptsOfRPM(t *testing.T) {
	root, tools := t.TempDir(), t.TempDir()
	for _, name := range []string{"sh", "install", "mkdir", "rm"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(root, "told")
	stub := "#!/bin/sh\necho \"${0##*/} $*\" >>" + log + "\n"
	for _, name := range []string{"systemctl", "systemd-sysusers", "systemd-tmpfiles"} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte(stub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script := func(name, count string) (told string) {
		t.Helper()
		put("told", "")
		text, err := os.ReadFile(filepath.Join("../package", name)) // by this process, so that go test sees that it changed
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(filepath.Join(tools, "sh"), "-c", string(text), name, count)
		c.Env = []string{"PATH=" + tools, "DPKG_ROOT=" + root}
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s %s: %v: %s", name, count, err, said)
		}
		if text, err = os.ReadFile(log); err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	put("usr/share/auscult/auscultd.toml", "# the first\n")
	config := filepath.Join(root, "etc/auscult/auscultd.toml")
	enable := "systemctl --root=" + root + " --quiet enable auscultd.service\n"
	prepared := "systemd-sysusers --root=" + root + " auscult.conf\n" +
		"systemd-tmpfiles --root=" + root + " --create auscult.conf\n"

	if told, want := script("postinst", "1"), prepared+enable; told != want {
		t.Errorf("installing told %q, want %q", told, want)
	}
	if text, err := os.ReadFile(config); err != nil || string(text) != "# the first\n" {
		t.Errorf("the first configuration is %q, %v", text, err)
	}
	put("etc/auscult/auscultd.toml", "# the owner's\n")
	// The new package's script, then those of the old one: the service is neither enabled again nor disabled.
	told := script("postinst", "2") + script("prerm", "1") + script("postrm", "1")
	if told != prepared {
		t.Errorf("upgrading told %q, want %q", told, prepared)
	}
	if told := script("prerm", "0") + script("postrm", "0"); told != strings.Replace(enable, "enable", "disable", 1) {
		t.Errorf("removing told %q", told)
	}
	if text, err := os.ReadFile(config); err != nil || string(text) != "# the owner's\n" {
		t.Errorf("the configuration is %q, %v in the end", text, err)
	}
}
