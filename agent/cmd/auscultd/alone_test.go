package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/node"
	"github.com/auscult/auscult/agent/spool"
)

// TestAlone refuses what would harm the daemon that has the state already.
func TestAlone(t *testing.T) {
	var c config.Config
	c.Spool.Path = filepath.Join(t.TempDir(), "alerts.spool")
	if err := alone(&c, 0); os.Geteuid() == 0 && err != nil {
		t.Errorf("root in a folder of root's: %v", err)
	} else if os.Geteuid() != 0 && (err == nil || !strings.Contains(err.Error(), "runuser")) {
		t.Errorf("root in a folder of the service's: %v", err)
	}
	if err := alone(&c, os.Geteuid()); err != nil {
		t.Errorf("the first one: %v", err)
	}
	held, err := spool.Open(c.Spool.Path, spool.Options{MaxBytes: spool.MinBytes, MaxRecords: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := alone(&c, os.Geteuid()); err == nil || !strings.Contains(err.Error(), "in use by another auscultd") {
		t.Errorf("the second one: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := alone(&c, os.Geteuid()); err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
	c.Spool.Path = filepath.Join(t.TempDir(), "missing", "alerts.spool")
	if err := alone(&c, 0); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestSecondDaemon ends at once, and says why.
func TestSecondDaemon(t *testing.T) {
	path := write(t, lonely)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	held, err := spool.Open(c.Spool.Path, spool.Options{MaxBytes: spool.MinBytes, MaxRecords: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--config", path}, &stdout, &stderr); code != exitRuntime ||
		!strings.Contains(stderr.String(), "in use by another auscultd") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("code %d, %s", code, &stderr)
	}
}

// TestExitOf has what may come yet be tried again, and what is wrong not.
func TestExitOf(t *testing.T) {
	for _, c := range []struct {
		err     error
		checked bool
		code    int
	}{
		{&config.Error{File: "x"}, false, exitConfig},
		{fmt.Errorf("config: %w", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}), false, exitNoInput},
		{fmt.Errorf("config: %w", &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}), false, exitNoInput},
		{fmt.Errorf("config: %w", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}), true, exitConfig},
		{fmt.Errorf("%w: x", node.ErrNoID), false, exitNoInput},
		{errors.New("other"), false, exitConfig},
	} {
		if code := exitOf(c.err, c.checked); code != c.code {
			t.Errorf("%v, checked %v: %d, want %d", c.err, c.checked, code, c.code)
		}
	}
	var stdout, stderr bytes.Buffer
	missing := filepath.Join(t.TempDir(), "none.toml")
	if code := run(context.Background(), []string{"--config", missing}, &stdout, &stderr); code != exitNoInput {
		t.Errorf("a missing file: code %d", code)
	}
}

// TestMendOwners gives the service the files that root has left, and nothing that a link names.
func TestMendOwners(t *testing.T) {
	folder := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	for _, path := range []string{outside, filepath.Join(folder, "alerts.spool"), filepath.Join(folder, "theirs")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	var c config.Config
	c.Spool.Path = filepath.Join(folder, "alerts.spool")
	if os.Geteuid() != 0 { // nothing is root's: nothing changes
		if err := mendOwners(&c); err != nil {
			t.Error(err)
		}
		return
	}
	const service, other = 4321, 4322
	for path, id := range map[string]int{folder: service, filepath.Join(folder, "theirs"): other} {
		if err := os.Chown(path, id, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := mendOwners(&c); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]uint32{c.Spool.Path: service, filepath.Join(folder, "theirs"): other, outside: 0} {
		if owner, err := ownerOf(path); err != nil || owner != want {
			t.Errorf("%s belongs to %d, want %d (%v)", path, owner, want, err)
		}
	}
}
