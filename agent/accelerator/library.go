package accelerator

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Kinds of libraries.
const (
	TFLite = "tflite" // TensorFlow Lite's C API
	LiteRT = "litert"
	Plugin = "plugin" // an external delegate of TensorFlow Lite
)

// Library is a shared library that was found.
type Library struct {
	Kind      string    `json:"kind"`
	Path      string    `json:"path"`
	For       string    `json:"for,omitempty"` // of a plugin: the device
	Bytes     int64     `json:"bytes"`
	Modified  time.Time `json:"modified"`
	Functions int       `json:"functions"` // of its kind's interface
	XNNPACK   bool      `json:"xnnpack,omitempty"`
	Problem   string    `json:"problem,omitempty"` // why it cannot be used
}

// kind is how a kind of library is known.
type kind struct {
	name, prefix string   // of its functions
	needs        []string // those without which it is none
	files        []string // what it is called
	device       string   // what it is for
}

var kinds = []kind{
	{name: LiteRT, prefix: "LiteRt", needs: []string{"LiteRtCreateCompiledModel", "LiteRtCreateModelFromFd"},
		files: []string{"libLiteRt.so"}},
	{name: TFLite, prefix: "TfLite", needs: []string{"TfLiteInterpreterCreate", "TfLiteInterpreterOptionsAddDelegate"},
		files: []string{"libtensorflowlite_c.so", "libtensorflow-lite.so*", "libtensorflowlite.so"}},
	plugin("Google Coral (Edge TPU)", "libedgetpu.so.1"),
	plugin("VeriSilicon NPU", "libvx_delegate.so"),
	plugin("Arm Ethos-U", "libethosu_delegate.so"),
	plugin("Arm NN (Mali GPU, CPU)", "libarmnnDelegate.so"),
	plugin("GPU by OpenCL or OpenGL", "libtensorflowlite_gpu_delegate.so"),
	plugin("Qualcomm NPU", "libQnnTFLiteDelegate.so"),
}

// plugin is the kind of a vendor's plugin.
func plugin(device, file string) kind {
	return kind{name: Plugin, prefix: "tflite_plugin_", needs: []string{"tflite_plugin_create_delegate"},
		files: []string{file}, device: device}
}

// folders are where libraries are, below a root.
func folders() []string {
	triplet := map[string]string{
		"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "arm": "arm-linux-gnueabihf", "386": "i386-linux-gnu",
	}[runtime.GOARCH]
	return []string{
		"usr/local/lib", "usr/lib/" + triplet, "usr/lib", "lib/" + triplet, "usr/lib64", "opt/*/lib", "opt/*",
		"usr/local/lib/python3*/dist-packages/*", "usr/local/lib/python3*/dist-packages/*/lib",
		"usr/local/lib/python3*/site-packages/*", "usr/lib/python3*/dist-packages/*", "usr/lib/python3*/dist-packages/*/lib",
		"opt/*/lib/python3*/site-packages/*", "opt/*/lib/python3*/site-packages/*/lib",
	}
}

// maxLibraries bounds what Libraries returns.
const maxLibraries = 64

// Libraries finds what could be opened, the best of a kind first: those that can be used, in the order of folders.
func Libraries(root string) []Library {
	var found []Library
	seen := map[string]bool{}
	for i := range kinds {
		for _, folder := range folders() {
			for _, file := range kinds[i].files {
				paths, _ := filepath.Glob(filepath.Join(root, folder, file)) // the patterns are well formed
				for _, path := range paths {
					// One library under several names is one.
					target, err := filepath.EvalSymlinks(path)
					if err != nil || seen[target] || len(found) == maxLibraries {
						continue
					}
					seen[target] = true
					found = append(found, kinds[i].inspect(path))
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Library) int { return rank(&a) - rank(&b) })
	return found
}

// rank puts what cannot be used behind what can.
func rank(l *Library) int {
	if l.Problem != "" {
		return 1
	}
	return 0
}

// inspect reads a library's header and its functions.
func (k *kind) inspect(path string) Library {
	l := Library{Kind: k.name, Path: path, For: k.device}
	if info, err := os.Stat(path); err == nil {
		l.Bytes, l.Modified = info.Size(), info.ModTime().UTC()
	}
	f, err := elf.Open(path)
	if err != nil {
		var path *os.PathError
		l.Problem = "is no shared library"
		if errors.As(err, &path) {
			l.Problem = path.Err.Error()
		}
		return l
	}
	defer func() { _ = f.Close() }() // nothing was written
	machine := map[string]elf.Machine{
		"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "arm": elf.EM_ARM, "386": elf.EM_386,
	}[runtime.GOARCH]
	if f.Machine != machine {
		l.Problem = fmt.Sprintf("is for %v, and this machine is %v", f.Machine, machine)
		return l
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		l.Problem = "has no functions to call"
		return l
	}
	missing := slices.Clone(k.needs)
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF || !strings.HasPrefix(s.Name, k.prefix) {
			continue
		}
		l.Functions++
		l.XNNPACK = l.XNNPACK || s.Name == "TfLiteXNNPackDelegateCreate"
		missing = slices.DeleteFunc(missing, func(n string) bool { return n == s.Name })
	}
	if len(missing) > 0 {
		l.Problem = "has no " + strings.Join(missing, " and no ") + ": it is too old, or another library"
	}
	return l
}
