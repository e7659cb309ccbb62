package tflite_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// zipped makes a ZIP file of empty files.
func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestForeign gives what people take for models.
func TestForeign(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"", "an empty file"},
		{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 42\n", "git lfs pull"},
		{"\ufeff\n<!DOCTYPE html><html lang=en>", "a web page"},
		{"<head><title>404</title></head><HTML>", "a web page"},
		{`{"modelTopology": {"class_name": "Model"}}`, "TensorFlow.js"},
		{`{"class_name": "Functional", "config": {}}`, "Keras without its weights"},
		{`{"a": 1}`, "text (JSON)"},
		{"const unsigned char model[] = {\n0x1c, 0x00, 0x00, 0x00, 0x54, 0x46, 0x4c, 0x33};\n", "C code with the model as an array"},
		{"alignas(8) const uint8_t m[] = {0x20", "C code with the model as an array"},
		{"some words that are no model", "text, not a model"},
		{strings.Repeat("a", 4095) + "\u00e9", "text, not a model"},
		{"\x1f\x8b\x08\x00rest", "gunzip"},
		{"\x89HDF\r\n\x1a\n\x00\x00", "an HDF5 file"},
		{"\x89HDF\r\n\x1a\n\x00\x00model_config\x00layer_names", "compile=False"},
		{"\x89HDF\r\n\x1a\n\x00\x00layers\x00vars", "m.load_weights(FILE)"},
		{"\x40\x00\x00\x00\x00\x00\x00\x00{\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}  " +
			strings.Repeat("\x01", 16), "safetensors.torch.load_file"},
		{zipped(t, "a/data.pkl", "a/constants.pkl", "a/code/__torch__.py"), "torch.jit.load"},
		{zipped(t, "a/data.pkl", "torch.nn.modules"), "weights_only=False"},
		{zipped(t, "a/archive_format", "a/models/model.json"), "torch.export.load"},
		{"\x80\x04\x95\x00\x01", "skl2onnx"},
		{"\x08\x07\x12\x90\x01\x0a\x20\x0a\x05image", "Core ML"},
		{"\x01HEF\x00\x00", "Hailo"},
		{"ptrt\x00\x00", "a TensorRT engine"},
		{zipped(t, "metadata.json", "config.json", "model.weights.h5"), "a model of Keras 3 (.keras)"},
		{zipped(t, "archive/data.pkl", "archive/version"), "net.load_state_dict(torch.load(FILE))"},
		{zipped(t, "m/saved_model.pb"), "a SavedModel"},
		{zipped(t, "m/model.tflite"), "a ZIP file with a .tflite file in it"},
		{zipped(t, "arr_0.npy"), ".npz"},
		{zipped(t, "notes.doc"), "a ZIP file: unpack it"},
		{"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j", "PyTorch"},
		{"\x08\x08\x12\x07pytorch\x1a\x062.1.0", "a model in ONNX"},
		{"\x08\x0a:\x80\x01\x0a\x10", "a model in ONNX"},
		{"\x08\x01\x12\xf9\x0f\x0a\x33", "saved_model.pb"},
		{"\x0a\x1b\x0a\x01x\x12\x0bPlaceholder*\x0b", "a frozen graph"},
		{"RIFF\x24\x00\x00\x00WAVEfmt ", "a recording"},
		{"\x1c\x00\x00\x00ORTM\x00\x00", "ONNX Runtime"},
		{strings.Repeat("\x00", 100), "a file of zeros"},
		{"\x1c\x00\x00\x00ABCD\xff\xfe\x00\x00", `no "TFL3" at byte 4`},
		{"\x01\x02", `no "TFL3" at byte 4`},
		{"\x1c\x00\x00\x00TFL3\x00\x00", "cut short?"},
	} {
		if _, err := tflite.Parse([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: error %v, expected %q", c.data, err, c.want)
		}
	}
}

// TestForeignFolder gives folders where a file must be.
func TestForeignFolder(t *testing.T) {
	for name, want := range map[string]string{
		"saved_model.pb": "is a SavedModel of TensorFlow: in Python",
		"model.json":     "TensorFlow.js",
		"m.tflite":       "give a file in it, for example",
		"Manifest.json":  "Core ML",
		"notes.txt":      "give a .tflite file",
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tflite.ReadFile(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a folder with %s: error %v, expected %q", name, err, want)
		}
	}
}

// TestForeignLarge gives a file that is more than is read of a model, and none.
func TestForeignLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.h5")
	if err := os.WriteFile(path, []byte("\x89HDF\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, tflite.MaxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := tflite.ReadFile(path); err == nil || !strings.Contains(err.Error(), "an HDF5 file") {
		t.Errorf("error %v", err)
	}
}
