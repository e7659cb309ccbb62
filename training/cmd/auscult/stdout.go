package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// printer is the standard output. The first write that fails ends the command: what it does is of no use to who
// cannot read it.
type printer struct {
	to     io.Writer
	cancel context.CancelFunc

	mu  sync.Mutex
	err error // of that write
}

// Write writes all of p or nothing any more.
func (p *printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.to.Write(b)
	if err != nil {
		p.err = err
		p.cancel()
	}
	return n, err
}

// failed returns why it could not be written, nil if it could.
func (p *printer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("the standard output cannot be written: %w", reason(p.err))
}

// checkStdout says before the work when nothing can be printed after it: on a full disk, into a full device, or where
// nobody reads any more.
func checkStdout(w io.Writer) error {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil //nolint:nilerr // writing will tell
	}
	if full := stdoutFull(f, info); full != nil {
		return fmt.Errorf("the standard output cannot be written: %w", full)
	}
	return nil
}

// errNoSpace is what writing to a full disk would say.
var errNoSpace = errors.New("no space left on its disk")
