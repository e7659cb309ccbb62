package clock

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSynced(t *testing.T) {
	yes, no := func() bool { return true }, func() bool { return false }
	root := t.TempDir()
	if synced(root, no) || !synced(root, yes) {
		t.Error("without timesyncd the kernel's word counts")
	}
	dir := filepath.Join(root, "run/systemd/timesync")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "synchronized"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !synced(root, no) {
		t.Error("timesyncd's mark was not seen")
	}
}
