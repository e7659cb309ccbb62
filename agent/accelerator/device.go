package accelerator

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Device is an accelerator that the kernel shows.
type Device struct {
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Path    string `json:"path"`
	Backend string `json:"backend"`           // what can use it, in a word or two
	Problem string `json:"problem,omitempty"` // why this user cannot
	Fix     string `json:"fix,omitempty"`
}

// nodes are device files that accelerators have.
var nodes = []struct{ kind, pattern, text, backend string }{
	{"coral", "dev/apex_*", "Google Coral, PCIe or M.2", "edgetpu"},
	{"hailo", "dev/hailo[0-9]*", "Hailo-8, 8L or 10H", "exec"},
	{"jetson", "dev/nvhost-gpu", "NVIDIA Jetson's GPU", "exec"},
	{"jetson", "dev/nvgpu/igpu0", "NVIDIA Jetson's GPU", "exec"},
	{"nvidia", "dev/nvidia[0-9]*", "NVIDIA GPU", "exec"},
	{"verisilicon", "dev/galcore", "VeriSilicon NPU or GPU", "tflite with its plugin"},
	{"ethos-u", "dev/ethosu[0-9]*", "Arm Ethos-U", "tflite with its plugin"},
	{"accel", "dev/accel/accel[0-9]*", "NPU with a driver of the kernel's own", "tflite with its plugin"},
	{"gpu", "dev/dri/renderD[0-9]*", "GPU", "litert with gpu, or tflite with its plugin"},
}

// usbIDs are Coral's USB Accelerator: before its firmware was loaded, and after.
var usbIDs = map[string]string{
	"1a6e:089a": "Google Coral, USB, without firmware as yet", "18d1:9302": "Google Coral, USB",
}

// Devices finds accelerators, and whether this user may open them.
func Devices(root string) []Device {
	var found []Device
	for _, n := range nodes {
		paths, _ := filepath.Glob(filepath.Join(root, n.pattern)) // the patterns are well formed
		for _, path := range paths {
			d := Device{Kind: n.kind, Text: n.text, Path: path, Backend: n.backend}
			d.check(root)
			found = append(found, d)
		}
	}
	return append(found, corals(root)...)
}

// corals finds Coral's USB Accelerators.
func corals(root string) []Device {
	var found []Device
	vendors, _ := filepath.Glob(filepath.Join(root, "sys/bus/usb/devices/*/idVendor"))
	for _, path := range vendors {
		folder := filepath.Dir(path)
		text, ok := usbIDs[word(path)+":"+word(filepath.Join(folder, "idProduct"))]
		if !ok {
			continue
		}
		bus, err := strconv.Atoi(word(filepath.Join(folder, "busnum")))
		number, err2 := strconv.Atoi(word(filepath.Join(folder, "devnum")))
		if err != nil || err2 != nil {
			continue
		}
		d := Device{Kind: "coral", Text: text, Backend: "edgetpu",
			Path: filepath.Join(root, fmt.Sprintf("dev/bus/usb/%03d/%03d", bus, number))}
		d.check(root)
		found = append(found, d)
	}
	return found
}

// word reads a file of one word.
func word(path string) string {
	text, err := os.ReadFile(path)
	if err != nil || len(text) > 64 {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// groupName returns a group's name, or its number where it has none.
func groupName(root string, gid uint32) string {
	f, err := os.Open(filepath.Join(root, "etc/group"))
	if err != nil {
		return strconv.Itoa(int(gid))
	}
	defer func() { _ = f.Close() }() // nothing was written
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		parts := strings.Split(lines.Text(), ":")
		if len(parts) > 2 && parts[2] == strconv.Itoa(int(gid)) {
			return parts[0]
		}
	}
	return strconv.Itoa(int(gid))
}
