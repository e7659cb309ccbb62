package tflite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/auscult/auscult/tflite/schema"
)

// What is given for a model and is none is called what it is, with what to do.

// What to do with models of other frameworks.
const (
	fromKeras = "in Python, tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(FILE, compile=False)).convert() " +
		"gives the bytes of a .tflite file"
	fromSaved = "in Python, tf.lite.TFLiteConverter.from_saved_model(FOLDER).convert() gives the bytes of a .tflite file"
	fromTorch = "it needs its network's Python code: litert_torch.convert(network.eval(), (example,)).export(FILE) " +
		"writes a .tflite file"
	fromONNX  = "'auscult import FILE' makes a model of it, and onnx2tf -i FILE a .tflite file"
	fromChips = "give the .tflite file that it was made from"
)

// signature tells a kind of file by how it begins.
type signature struct {
	at    int
	magic string
	what  string
}

// signatures are the files that are taken for models.
var signatures = []signature{
	{0, "version https://git-lfs.github.com/", "a Git LFS pointer in place of the model: 'git lfs pull' fetches it"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras saves models and weights (.h5): " + fromKeras},
	{0, "\x1f\x8b", "compressed by gzip: unpack it with gunzip, or tar -xzf"},
	{0, "BZh", "compressed by bzip2: unpack it with bunzip2"},
	{0, "\xfd7zXZ\x00", "compressed by xz: unpack it with unxz"},
	{0, "\x28\xb5\x2f\xfd", "compressed by zstd: unpack it with unzstd"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"},
	{257, "ustar", "a tar archive: unpack it with tar -xf"},
	{0, "\x93NUMPY", "an array that NumPy saved (.npy), not a model"},
	{0, "RIFF", "a recording (RIFF), not a model"},
	{0, "fLaC", "a recording (FLAC), not a model"},
	{0, "%PDF", "a PDF document, not a model"},
	{0, "\x89PNG", "a picture (PNG), not a model"},
	{0, "\xff\xd8\xff", "a picture (JPEG), not a model"},
	{0, "\x7fELF", "a program or library (ELF), not a model"},
	{0, "\x01HEF", "compiled for Hailo (HEF): " + fromChips},
	{0, "RKNN", "compiled for Rockchip's NPU (RKNN): " + fromChips},
	{0, "ptrt", "a TensorRT engine: " + fromChips},
	{0, "ftrt", "a TensorRT engine: " + fromChips},
	{4, "ORTM", "a model of ONNX Runtime (.ort): convert the .onnx file that it was made from; " + fromONNX},
	{4, "ET12", "a program of ExecuTorch (.pte): " + fromTorch},
	{0, "\x80\x02", "a pickle of Python, as PyTorch saves networks (.pt, .pth): " + fromTorch},
	{0, "\x80\x03", "a pickle of Python, not a model"},
	{0, "\x80\x04", "a pickle of Python, not a model"},
	{0, "\x80\x05", "a pickle of Python, not a model"},
}

// foreign says what data are that are no .tflite file; empty where they may be one.
func foreign(data []byte) string {
	if len(data) >= 8 && string(data[4:8]) == schema.FileIdentifier {
		return ""
	}
	if len(data) == 0 {
		return "an empty file"
	}
	for _, s := range signatures {
		if len(data) >= s.at && bytes.HasPrefix(data[s.at:], []byte(s.magic)) {
			return s.what
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return foreignZip(data)
	case isText(data):
		return foreignText(data)
	case len(bytes.Trim(data, "\x00")) == 0:
		return "a file of zeros: it was not written to its end, copy it again"
	}
	return foreignProtobuf(data)
}

// foreignZip says what a ZIP file holds, by the names in it.
func foreignZip(data []byte) string {
	has := func(name string) bool { return bytes.Contains(data, []byte(name)) }
	switch {
	case has("model.weights.h5"):
		return "a model of Keras 3 (.keras): " + fromKeras
	case has("data.pkl"):
		return "a network of PyTorch (.pt, .pth): " + fromTorch
	case has("saved_model.pb"):
		return "a SavedModel of TensorFlow in a ZIP file: unpack it; " + fromSaved
	case has(".npy"):
		return "arrays that NumPy saved (.npz), not a model"
	case has(".tflite"):
		return "a ZIP file with a .tflite file in it: unpack it"
	}
	return "a ZIP file: unpack it"
}

// isText reports whether the data look like text to their end, or as far as is looked.
func isText(data []byte) bool {
	const enough = 4096
	whole := len(data) <= enough
	data = data[:min(len(data), enough)]
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return !whole && len(data) < utf8.UTFMax // a character that was cut
		}
		if r < ' ' && !strings.ContainsRune("\t\n\r\f", r) {
			return false
		}
		data = data[size:]
	}
	return true
}

// foreignText says what kind of text it is.
func foreignText(data []byte) string {
	head := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(data[:min(len(data), 4096)]), "\ufeff")))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(head, w) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") || has("<html"):
		return "a web page, not the model: download the file itself (at GitHub by 'Download raw file')"
	case strings.HasPrefix(head, "<?xml") && has("<net "):
		return "a model of OpenVINO: " + fromChips
	case has("unsigned char", "uint8_t") && has("0x"):
		return "C code with the model as an array: keep the numbers between { and } only, then 'xxd -r -p' makes the file of them"
	case strings.HasPrefix(head, "{") && has("modeltopology", "weightsmanifest"):
		return "a model of TensorFlow.js: convert the Keras model that it was made from; " + fromKeras
	case strings.HasPrefix(head, "{") && has("class_name"):
		return "a network of Keras without its weights (JSON): " + fromKeras
	case strings.HasPrefix(head, "{") || strings.HasPrefix(head, "["):
		return "text (JSON), not a model"
	case strings.HasPrefix(head, "vers") && has("oid sha256:"):
		return "a Git LFS pointer in place of the model: 'git lfs pull' fetches it"
	}
	return "text, not a model"
}

// foreignProtobuf tells models of other frameworks by the fields that they begin with.
func foreignProtobuf(data []byte) string {
	if len(data) < 4 {
		return ""
	}
	const (
		version    = 0x08 // field 1, a number
		text1      = 0x0a // field 1, bytes
		text2      = 0x12 // field 2, bytes
		graph      = 0x3a // field 7, bytes
		operators  = 0x42 // field 8, bytes
		oldestONNX = 3
		newestONNX = 32
	)
	switch second := data[2]; {
	case data[0] == version && data[1] >= oldestONNX && data[1] <= newestONNX &&
		(second == text2 || second == graph || second == operators):
		return "a model in ONNX: " + fromONNX
	case data[0] == version && data[1] == 1 && second == text2:
		return "a SavedModel's saved_model.pb: give TensorFlow its folder; " + fromSaved
	case data[0] == text1 && bytes.Contains(data[:min(len(data), 512)], []byte("Placeholder")):
		return "a frozen graph of TensorFlow (.pb): tf.compat.v1.lite.TFLiteConverter.from_frozen_graph converts it"
	}
	return ""
}

// foreignFolder says what a folder holds.
func foreignFolder(path string) error {
	if _, err := os.Stat(filepath.Join(path, "saved_model.pb")); err == nil {
		return fmt.Errorf("tflite: %s is a SavedModel of TensorFlow: %s", path, fromSaved)
	}
	if _, err := os.Stat(filepath.Join(path, "model.json")); err == nil {
		return fmt.Errorf("tflite: %s is a folder with a model of TensorFlow.js: %s", path, fromKeras)
	}
	if found, err := filepath.Glob(filepath.Join(path, "*.tflite")); err == nil && len(found) > 0 {
		return fmt.Errorf("tflite: %s is a folder: give a file in it, for example %s", path, found[0])
	}
	return fmt.Errorf("tflite: %s is a folder: give a .tflite file", path)
}

// notModel is foreign as an error, nil where data may be a model.
func notModel(data []byte) error {
	if what := foreign(data); what != "" {
		return errors.New("not a .tflite file but " + what)
	}
	return nil
}
