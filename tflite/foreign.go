package tflite

import (
	"bytes"
	"encoding/binary"
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
	inPython  = "in Python, "
	toTFLite  = "open('net.tflite', 'wb').write(tf.lite.TFLiteConverter.from_keras_model(m).convert()) writes one"
	fromKeras = inPython + "m = keras.models.load_model(FILE, compile=False); " + toTFLite
	fromShell = inPython + "m = the network, built by its code; m.load_weights(FILE); " + toTFLite
	fromSaved = inPython + "tf.lite.TFLiteConverter.from_saved_model(FOLDER).convert() gives the bytes of one"

	forImport = "with a window of batch 1 writes what 'auscult import' reads"
	toONNX    = "torch.onnx.export(net.eval(), (window,), 'net.onnx') " + forImport
	byCode    = inPython + "net = the network, built by its code; "

	fromTorch   = inPython + "with its code, net = torch.load(FILE, weights_only=False); " + toONNX
	fromState   = byCode + "net.load_state_dict(torch.load(FILE)); " + toONNX
	fromTensors = byCode + "net.load_state_dict(safetensors.torch.load_file(FILE)); " + toONNX
	fromScript  = inPython + "net = torch.jit.load(FILE).eval(); " +
		"torch.onnx.export(net, (window,), 'net.onnx', dynamo=False) " + forImport
	fromProgram = inPython + "net = torch.export.load(FILE).module(); " +
		"torch.onnx.export(net, (window,), 'net.onnx') " + forImport
	fromMobile = "give the network that it was made from: " + toONNX
	fromPickle = "only its own Python code can read it; of scikit-learn's MLPRegressor, " +
		"open('net.onnx', 'wb').write(skl2onnx.to_onnx(joblib.load(FILE), window).SerializeToString()) " + forImport

	fromONNX  = "'auscult import FILE' makes a model of it, and onnx2tf -i FILE a .tflite file"
	fromChips = "give the .tflite file that it was made from"
	fromApple = "give the network that it was made from, as .onnx or .tflite"
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
	{4, "ET12", "a program of ExecuTorch (.pte): " + fromMobile},
	{0, "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j", "a network of PyTorch before 1.6 (.pt, .pth): " + fromState},
	{0, "\x80\x02", "a pickle of Python (.pkl, .joblib): " + fromPickle},
	{0, "\x80\x03", "a pickle of Python (.pkl, .joblib): " + fromPickle},
	{0, "\x80\x04", "a pickle of Python (.pkl, .joblib): " + fromPickle},
	{0, "\x80\x05", "a pickle of Python (.pkl, .joblib): " + fromPickle},
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
	case bytes.HasPrefix(data, []byte("\x89HDF\r\n\x1a\n")):
		return foreignHDF5(data)
	case len(data) > 9 && data[8] == '{' && binary.LittleEndian.Uint64(data) < uint64(len(data)) &&
		bytes.Contains(data[:min(len(data), 4096)], []byte(`"dtype"`)):
		return "weights without their network (.safetensors): " + fromTensors
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
	case has("data.pkl") && has("constants.pkl"):
		return "a network of PyTorch as TorchScript (.pt): " + fromScript
	case has("data.pkl") && has("torch.nn.modules"):
		return "a network of PyTorch (.pt, .pth): " + fromTorch
	case has("data.pkl"):
		return "the weights of a network of PyTorch (.pt, .pth): " + fromState
	case has("exported_program"), has("archive_format"):
		return "a program that PyTorch exported (.pt2): " + fromProgram
	case has("saved_model.pb"):
		return "a SavedModel of TensorFlow in a ZIP file: unpack it; " + fromSaved
	case has(".npy"):
		return "arrays that NumPy saved (.npz), not a model"
	case has(".tflite"):
		return "a ZIP file with a .tflite file in it: unpack it"
	}
	return "a ZIP file: unpack it"
}

// foreignHDF5 tells what Keras saves in HDF5 by the names in it.
func foreignHDF5(data []byte) string {
	switch has := func(name string) bool { return bytes.Contains(data, []byte(name)) }; {
	case has("model_config"):
		return "a model of Keras in HDF5 (.h5): " + fromKeras
	case has("layers") && has("vars"), has("layer_names"), has("kernel:0"):
		return "weights of Keras without their network (.weights.h5): " + fromShell
	}
	return "an HDF5 file without a network; of a Keras model, " + fromKeras
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
	case data[0] == version && data[1] == 1 && second == text2:
		return "a SavedModel's saved_model.pb: give TensorFlow its folder; " + fromSaved
	case data[0] == version && second == text2 && len(data) > 5 && (data[4] == text1 || data[5] == text1):
		return "a model of Core ML (.mlmodel): " + fromApple // a description of features where ONNX has a name
	case data[0] == version && data[1] >= oldestONNX && data[1] <= newestONNX &&
		(second == text2 || second == graph || second == operators):
		return "a model in ONNX: " + fromONNX
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
	if _, err := os.Stat(filepath.Join(path, "Manifest.json")); err == nil {
		return fmt.Errorf("tflite: %s is a package of Core ML (.mlpackage): %s", path, fromApple)
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
