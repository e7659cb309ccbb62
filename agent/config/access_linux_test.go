package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/sensor"
)

// TestCheckAccess judges files as the service would find them, whoever asks.
func TestCheckAccess(t *testing.T) {
	root := t.TempDir()
	at := func(path string) string { return filepath.Join(root, path) }
	put := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(path), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at(path), mode); err != nil {
			t.Fatal(err)
		}
	}
	// Folders between the test's own and the root belong to the system: others may enter them but for the first two,
	// which TempDir makes.
	for folder := root; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put("etc/passwd", 0o644)
	c := Default()
	c.Model = "/var/lib/auscult/model.tflite"
	put(c.Model, 0o600)
	if err := c.CheckAccess(root); err != nil {
		t.Errorf("no such user: %v", err)
	}
	mine := os.Getgid()
	passwd := "root:x:0:0::/:/bin/sh\nauscult:x:4242:4243::/:/bin/false\n"
	groups := fmt.Sprintf("root:x:0:\nshared:x:%d:other,auscult\n", mine)
	if err := os.WriteFile(at("etc/passwd"), []byte(passwd), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(name, want string) {
		t.Helper()
		err := c.CheckAccess(root)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	check("root's own", "model: the service, which runs as user auscult, cannot read /var/lib/auscult/model.tflite: its rights")
	put(c.Model, 0o644)
	check("for all", "")
	put(c.Model, 0o640)
	check("for a group that is not its", "its rights are -rw-r-----")
	if err := os.WriteFile(at("etc/group"), []byte(groups), 0o644); err != nil {
		t.Fatal(err)
	}
	check("for its group", "")
	if err := os.Chmod(at("var/lib/auscult"), 0o700); err != nil {
		t.Fatal(err)
	}
	check("behind a closed folder", "it may not enter "+at("var/lib/auscult"))
	c.Model = filepath.Join("/", "home", "pi", "model.tflite")
	put(c.Model, 0o644)
	check("in a home folder", "the unit hides /home from it")
	c.Model = "/absent/model.tflite"
	check("not there yet", "")
	c.MQTT.PasswordFile = "/etc/auscult/password"
	put(c.MQTT.PasswordFile, 0o600)
	check("a password", "mqtt.password_file: the service")
	c.MQTT.PasswordFile = "credential:password"
	check("a credential", "")
	put("/run/user/1/a.wav", 0o644)
	c.Sources = []Source{{Name: "a", Sensor: &sensor.WAV{Path: "/run/user/1/a.wav"}}}
	check("a recording", "source[0].path: the service")
	c.Sources = []Source{{Name: "a", ModelEdgeTPU: "/var/lib/auscult/edgetpu.tflite"}}
	put(c.Sources[0].ModelEdgeTPU, 0o600)
	check("a model of an accelerator", "source[0].model_edgetpu: the service")
}
