package clock

import (
	"os"
	"path/filepath"
	"strings"
)

// bootDigits is how much of the kernel's id of a boot of the machine is used.
const bootDigits = 16

// bootID returns an id of this boot of the machine; "" where there is none.
func bootID(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/random/boot_id"))
	if err != nil {
		return ""
	}
	id := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	return id[:min(len(id), bootDigits)]
}
