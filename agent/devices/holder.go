package devices

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Node returns the device file of a bus as periph names it, "" when any
// serves.
func Node(bus string) string {
	name := strings.ToLower(bus)
	if number, ok := strings.CutPrefix(name, "i2c"); ok {
		return "/dev/i2c-" + number
	}
	if number, ok := strings.CutPrefix(name, "spi"); ok {
		return "/dev/spidev" + number
	}
	return bus
}

// Holder names another process that has a device file open, "" when none is
// seen. Processes of other users show theirs only to root.
func Holder(root, node string) string {
	if node == "" {
		return ""
	}
	links, err := filepath.Glob(filepath.Join(root, "proc/[0-9]*/fd/*"))
	if err != nil {
		return ""
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || target != node {
			continue
		}
		folder := filepath.Dir(filepath.Dir(link))
		pid := filepath.Base(folder)
		if pid == strconv.Itoa(os.Getpid()) {
			continue
		}
		name, err := os.ReadFile(filepath.Join(folder, "comm"))
		if err != nil {
			name = []byte("a process")
		}
		return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}
