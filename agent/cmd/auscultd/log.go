package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// logLines is how many lines of the log may wait for whoever reads it.
const logLines = 1000

// logFinish is how long the last lines may take.
const logFinish = 300 * time.Millisecond

// lineWriter writes lines in a goroutine of its own: a reader that hangs, or a disk, must not
// hold up the sound. Lines for which there is no room are counted.
type lineWriter struct {
	w     io.Writer
	lines chan []byte
	quit  chan struct{} // closed by finish
	done  chan struct{} // closed when nothing more is written
	lost  atomic.Uint64
}

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{w: w, lines: make(chan []byte, logLines), quit: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Write takes a line. It never fails.
func (l *lineWriter) Write(p []byte) (int, error) {
	line := append([]byte(nil), p...)
	select {
	case l.lines <- line:
	default:
		l.lost.Add(1)
	}
	return len(p), nil
}

func (l *lineWriter) run() {
	defer close(l.done)
	for {
		select {
		case line := <-l.lines:
			l.put(line)
			continue
		default:
		}
		select {
		case line := <-l.lines:
			l.put(line)
		case <-l.quit:
			return
		}
	}
}

// put writes a line. Nobody is left to tell when that fails.
func (l *lineWriter) put(line []byte) {
	if n := l.lost.Swap(0); n > 0 {
		_, _ = fmt.Fprintf(l.w, "auscultd: %d lines of the log were lost: nobody read them\n", n)
	}
	_, _ = l.w.Write(line)
}

// finish writes what waits, for a moment at most.
func (l *lineWriter) finish() {
	close(l.quit)
	limit := time.NewTimer(logFinish)
	defer limit.Stop()
	select {
	case <-l.done:
	case <-limit.C:
	}
}
