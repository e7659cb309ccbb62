package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/dataset"
)

// writers are the commands that write, with the flag of what they write last. Their inputs are
// absent: an output that cannot be written is said before these are looked for.
var writers = map[string][]string{
	"train":              {"train", "--model", "dense", "--data", "absent", "--out"},
	"train --float":      {"train", "--model", "dense", "--data", "absent", "--out", "good", "--float"},
	"train auto":         {"train", "--model", "auto", "--data", "absent", "--out"},
	"import":             {"import", "keras", "--data", "absent", "--out"},
	"report":             {"report", "--model", "absent", "--data", "absent", "--out"},
	"features":           {"features", "absent.wav"},
	"features --plot":    {"features", "absent.wav", "--plot"},
	"budget":             {"budget", "--model", "absent", "--data", "absent", "--per-month", "1", "--write"},
	"record":             {"record", "--device", "sim", "--duration", "1s"},
	"record --overwrite": {"record", "--device", "sim", "--overwrite", "--duration", "1s"},
}

// folderWriters write into a folder that they make.
var folderWriters = map[string][]string{
	"train --cache":       {"train", "--model", "dense", "--data", "absent", "--out", "good", "--cache"},
	"train --checkpoints": {"train", "--model", "dense", "--data", "absent", "--out", "good", "--checkpoints"},
	"demo":                {"demo", "--data", "absent", "--out"},
}

// told runs a command line with path behind it, and returns what it complains of.
func told(t *testing.T, args []string, path string) (code int, text string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append(slices.Clone(args), path), streams{out: &out, err: &errs})
	return code, errs.String()
}

// TestOutputsFirst gives every command that writes an output that cannot be written.
func TestOutputsFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, err := range []error{
		os.Mkdir("folder", 0o755), os.WriteFile("file", []byte("kept"), 0o600), os.Mkdir("locked", 0o555),
		os.Symlink("/dev/null", "device"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{
		"folder": "it is a folder: name a file, as", filepath.Join("missing", "x"): "make the folder first, with mkdir -p",
		filepath.Join("file", "x"): "not a", "device": "it is a device",
	}
	folders := map[string]string{"file": "it is a file: name a folder", filepath.Join("file", "x"): "not a"}
	if os.Geteuid() != 0 { // who may do everything may write there
		files[filepath.Join("locked", "x")] = "permission denied in the folder"
		folders[filepath.Join("locked", "x")] = "permission denied in the folder"
	}
	for _, all := range []struct {
		commands map[string][]string
		wrong    map[string]string
	}{{writers, files}, {folderWriters, folders}} {
		for name, args := range all.commands {
			for path, want := range all.wrong {
				code, text := told(t, args, path)
				if code != exitFailed || !strings.Contains(text, "cannot be written: ") || !strings.Contains(text, want) ||
					!strings.Contains(text, path) || strings.Count(text, "\n") != 1 {
					t.Errorf("%s %s: exit code %d, %q", name, path, code, text)
				}
			}
		}
	}
	if data, err := os.ReadFile("file"); err != nil || string(data) != "kept" {
		t.Errorf("the file holds %q (%v)", data, err)
	}
	left, err := filepath.Glob("*/.auscult-*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q (%v)", left, err)
	}
}

// TestOutputsAreNoInputs keeps recordings and models from being written over.
func TestOutputsAreNoInputs(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join("pump", "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"clip.wav", "m.tflite", filepath.Join("pump", "normal", "1.wav")} {
		if err := os.WriteFile(name, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clip := filepath.Join("pump", "normal", "1.wav")
	for _, args := range [][]string{
		{"features", "clip.wav", "clip.wav"}, {"features", "clip.wav", "--plot", "./clip.wav"},
		{"features", "clip.wav", "x.npy", "--plot", "x.npy"},
		{"train", "--model", "dense", "--data", "pump", "--out", clip},
		{"train", "--model", "dense", "--data", "pump", "--out", "x", "--float", "x"},
		{"report", "--model", "m.tflite", "--data", "pump", "--out", "m.tflite"},
		{"budget", "--model", "m.tflite", "--data", "pump", "--per-month", "1", "--write", clip},
		{"record", "--device", "sim", "--duration", "1s", "clip.wav"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), args, streams{out: &out, err: &errs})
		if text := errs.String(); code != exitFailed || !strings.Contains(text, "name another file") &&
			!strings.Contains(text, "names the same file") {
			t.Errorf("%q: exit code %d, %q", args, code, text)
		}
	}
	for _, name := range []string{"clip.wav", "m.tflite", clip} {
		if data, err := os.ReadFile(name); err != nil || string(data) != "kept" {
			t.Errorf("%s holds %q (%v)", name, data, err)
		}
	}
}

// TestFullDisk says what is free and what is needed.
func TestFullDisk(t *testing.T) {
	o := output{bytes: 3 << 30}
	err := o.fits("here", func(string) (uint64, bool) { return 40 << 20, true })
	if err == nil || err.Error() != "no space left: here has 40 MiB free, and 3072 MiB are needed" {
		t.Error(err)
	}
	o.bytes = 0
	if err := o.fits("here", func(string) (uint64, bool) { return 40 << 20, true }); err != nil {
		t.Error(err)
	}
	if err := o.fits("here", func(string) (uint64, bool) { return 0, false }); err != nil {
		t.Error(err)
	}
	if n, known := dataset.FreeBytes(t.TempDir()); known && n == 0 {
		t.Error("the disk of the tests is full")
	}
}
