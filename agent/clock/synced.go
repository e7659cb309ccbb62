package clock

import (
	"os"
	"path/filepath"
)

// Synced reports whether the clock was set by a time server since the machine
// started. Root is the root of the file system, normally "/". When nothing is
// known the answer is false. The kernel is asked only where the root is its own.
func Synced(root string) bool {
	return synced(root, func() bool { return filepath.Clean(root) == "/" && kernelSynced() })
}

func synced(root string, kernel func() bool) bool {
	if _, err := os.Stat(filepath.Join(root, "run/systemd/timesync/synchronized")); err == nil {
		return true
	}
	// Inside a sandbox that protects the clock this may be denied: not known.
	return kernel()
}
