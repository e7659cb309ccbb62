package smallfile

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadWhatIsNoFile neither hangs nor reads for ever.
func TestReadWhatIsNoFile(t *testing.T) {
	dir, err := os.MkdirTemp("", "smallfile") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for path, want := range map[string]string{
		pipe: "a pipe", socket: "a socket", dir: "a folder", "/dev/zero": "a device",
	} {
		if _, err := Read(path, 100); err == nil || !strings.Contains(err.Error(), path+" is not a regular file but "+want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
