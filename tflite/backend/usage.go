package backend

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Usage is what a process holds.
type Usage struct {
	ResidentBytes int64 // memory
	Files         int   // open descriptors
}

// errGone says that a process has ended.
var errGone = errors.New("the helper is gone")

// usage reads /proc.
func (proc *process) usage() (Usage, error) {
	proc.mu.Lock()
	defer proc.mu.Unlock()
	if proc.reaped {
		return Usage{}, errGone
	}
	folder := fmt.Sprintf("/proc/%d", proc.pid)
	text, err := os.ReadFile(folder + "/statm")
	if err != nil {
		return Usage{}, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return Usage{}, fmt.Errorf("%s/statm: %q", folder, text)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return Usage{}, fmt.Errorf("%s/statm: %w", folder, err)
	}
	u := Usage{ResidentBytes: pages * int64(os.Getpagesize())}
	// A kernel that does not show the files of another program leaves that one number out.
	if files, err := os.ReadDir(folder + "/fd"); err == nil {
		u.Files = len(files)
	}
	return u, nil
}
