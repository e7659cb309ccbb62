package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Bounds of what a daemon says that hangs: it goes into a journal on a card, also every half minute.
const (
	dumpStacks = 40
	dumpFrames = 4
	dumpBytes  = 1 << 20
	dumpTime   = 2 * time.Second
)

// dumpOnAbort has SIGABRT, by which systemd's watchdog ends a daemon that hangs, say in one line for
// each place where goroutines stand. Left alone, the Go runtime writes ten lines for each goroutine.
func dumpOnAbort(w io.Writer) {
	abort := make(chan os.Signal, 1)
	signal.Notify(abort, syscall.SIGABRT)
	go func() {
		<-abort
		said := make(chan struct{})
		go func() {
			defer close(said)
			buf := make([]byte, dumpBytes)
			_, _ = w.Write(stacks(buf[:runtime.Stack(buf, true)]))
		}()
		select {
		case <-said:
		case <-time.After(dumpTime): // who reads it may hang too
		}
		os.Exit(exitRuntime)
	}()
}

// stacks is the runtime's dump in lines of the form "3 times chan receive: f (a.go:10) < g (b.go:20)".
func stacks(dump []byte) []byte {
	type place struct {
		text  string
		count int
	}
	var places []place
	total := 0
	for block := range bytes.SplitSeq(dump, []byte("\n\n")) {
		text := stack(string(block))
		if text == "" {
			continue
		}
		total++
		i := slices.IndexFunc(places, func(p place) bool { return p.text == text })
		if i < 0 {
			places = append(places, place{text, 1})
			continue
		}
		places[i].count++
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "auscultd: aborted, as the watchdog does when nothing makes progress; %d goroutines stand here:\n", total)
	for i, p := range places {
		if i == dumpStacks {
			fmt.Fprintf(&b, "auscultd: and at %d more places\n", len(places)-i)
			break
		}
		fmt.Fprintf(&b, "auscultd: %d times %s\n", p.count, p.text)
	}
	return b.Bytes()
}

// stack is one goroutine's line, empty for what is none.
func stack(block string) string {
	lines := strings.Split(strings.TrimSpace(block), "\n")
	_, state, ok := strings.Cut(lines[0], "[")
	if !strings.HasPrefix(lines[0], "goroutine ") || !ok {
		return ""
	}
	// "select, 5 minutes": how long is another for each.
	state, _, _ = strings.Cut(strings.TrimSuffix(state, "]:"), ",")
	var frames []string
	for i := 1; i+1 < len(lines) && len(frames) < dumpFrames; i += 2 {
		name := lines[i]
		if strings.HasPrefix(name, "created by ") {
			break
		}
		if at := strings.LastIndexByte(name, '('); at > 0 { // its arguments
			name = name[:at]
		}
		name = name[strings.LastIndexByte(name, '/')+1:]
		if strings.HasPrefix(name, "runtime.") {
			continue
		}
		at, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " +0x")
		frames = append(frames, fmt.Sprintf("%s (%s)", name, filepath.Base(at)))
	}
	return fmt.Sprintf("%s: %s", state, cmp.Or(strings.Join(frames, " < "), "in the runtime"))
}
