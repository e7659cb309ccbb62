//go:build !linux

package backend

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// errSystem says why no helper runs: memory that is sealed, and whose words two processes wait for, is Linux's.
var errSystem = fmt.Errorf("other runtimes run on Linux only: %w", errors.ErrUnsupported)

func newMemory(string, int) (*os.File, []byte, error) { return nil, nil, errSystem }

func newReadOnly(string, []byte) (*os.File, error) { return nil, errSystem }

func mapMemory(int) ([]byte, error) { return nil, errSystem }

func unmap([]byte) error { return errSystem }

func (*Command) start(*page, ...*os.File) (*process, error) { return nil, errSystem }

func (*process) kill() {}

// wait is never called, since no helper starts; it keeps its promise to return.
func wait(_ *atomic.Uint32, _ uint32, limit time.Duration) { time.Sleep(limit) }

func wake(*atomic.Uint32) {}
