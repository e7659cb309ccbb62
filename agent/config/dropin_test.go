package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lay writes files below a fresh folder and returns that of the configuration.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "auscultd.toml")
}

const oneSource = "[[source]]\nname = %q\ntype = \"sim\"\n"

// TestDropIns has files add to the first in the order of their names.
func TestDropIns(t *testing.T) {
	path := lay(t, map[string]string{
		"auscultd.toml": "model = \"first.tflite\"\n[mqtt]\nbroker = \"mqtt://first\"\nfallbacks = [\"mqtt://a\", \"mqtt://b\"]\n" +
			"username = \"u\"\n" + fmt.Sprintf(oneSource, "pump"),
		"auscultd.d/20-late.toml":   "[mqtt]\nbroker = \"mqtt://late\"\nfallbacks = [\"mqtt://c\"]\n" + fmt.Sprintf(oneSource, "fan"),
		"auscultd.d/10-early.toml":  "[mqtt]\nbroker = \"mqtt://early\"\npassword_file = \"p\"\n" + fmt.Sprintf(oneSource, "gear"),
		"auscultd.d/.hidden.toml":   "this is no TOML",
		"auscultd.d/old.toml.dpkg":  "nor this",
		"auscultd.d/README":         "nor this",
		"auscultd.toml.d/not.toml":  "nor this",
		"auscultd.d/empty/not.toml": "nor this",
	})
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.MQTT.Broker != "mqtt://late" || !slices.Equal(c.MQTT.Fallbacks, []string{"mqtt://c"}) || c.MQTT.Username != "u" {
		t.Errorf("%+v: the last file does not count", c.MQTT)
	}
	var names []string
	for i := range c.Sources {
		names = append(names, c.Sources[i].Name)
	}
	if !slices.Equal(names, []string{"pump", "gear", "fan"}) {
		t.Errorf("sources %q", names)
	}
	folder := filepath.Dir(path)
	if c.Model != filepath.Join(folder, "first.tflite") || c.MQTT.PasswordFile != filepath.Join(folder, "p") {
		t.Errorf("%s and %s are not beside the first file", c.Model, c.MQTT.PasswordFile)
	}
}

// TestDropInWrong names the file, and the line in it.
func TestDropInWrong(t *testing.T) {
	good := fmt.Sprintf(oneSource, "pump")
	for name, c := range map[string]struct{ first, second, file, says string }{
		"unknown key":  {good, "[mqtt]\nbrokr = \"x\"\n", "a.toml", `a.toml:2:1: mqtt.brokr: unknown key: did you mean "broker"?`},
		"no TOML":      {good, "\n\nbroker", "a.toml", "a.toml:3:"},
		"value":        {good, "[spool]\nmax_records = 0\n", "a.toml", "a.toml:2:1: spool.max_records: "},
		"in the first": {"[spool]\nmax_records = 0\n", good, "auscultd.toml", "auscultd.toml:2:1: spool.max_records: "},
		"its source":   {good, "[log]\nlevel = \"info\"\n" + good, "a.toml", "a.toml:4:1: source[1].name: "},
		"together wrong": {"[mqtt]\nusername = \"\"\n", "[mqtt]\npassword_file = \"x\"\n", "a.toml",
			"a.toml:2:1: mqtt.password_file: "},
		"too large": {good, strings.Repeat("#", MaxFile+1), "a.toml", "a.toml"},
	} {
		path := lay(t, map[string]string{"auscultd.toml": c.first, "auscultd.d/a.toml": c.second})
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

// TestUnreadable tells what cannot be read from what is wrong: the one may come yet.
func TestUnreadable(t *testing.T) {
	good := fmt.Sprintf(oneSource, "pump")
	for name, files := range map[string]map[string]string{
		"missing":     {"other.toml": good},
		"a folder":    {"auscultd.toml/x": good},
		"no folder":   {"auscultd.toml": good, "auscultd.d": ""},
		"one of them": {"auscultd.toml": good, "auscultd.d/a.toml/x": ""},
	} {
		_, err := Load(lay(t, files))
		var wrong *Error
		if err == nil || errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := map[string]string{"auscultd.toml": good}
	for i := range maxDropIns + 1 {
		many[fmt.Sprintf("auscultd.d/%d.toml", i)] = ""
	}
	var wrong *Error
	if _, err := Load(lay(t, many)); !errors.As(err, &wrong) {
		t.Errorf("33 drop-ins: %v", err)
	}
}
