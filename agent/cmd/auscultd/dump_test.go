package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAbort has the watchdog's signal end the daemon with few lines, which name where it stood.
func TestAbort(t *testing.T) {
	said := &lines{}
	cmd := daemon(t, write(t, lonely), said)
	said.await(t, "node started")
	if err := cmd.Process.Signal(unix.SIGABRT); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if err == nil || cmd.ProcessState.ExitCode() != exitRuntime {
		t.Errorf("ended with %v", err)
	}
	said.await(t, "auscultd: aborted, as the watchdog does")
	said.await(t, "1 times select: node.(*Node).Run (node.go:")
	said.await(t, ".serve (main.go:")
	_, text, _ := strings.Cut(said.text.String(), "aborted") // it has ended
	if n := strings.Count(text, "\n"); n < 4 || n > dumpStacks+2 {
		t.Errorf("%d lines:\n%s", n, text)
	}
}

// TestStacks joins goroutines that stand at the same place, and is bounded.
func TestStacks(t *testing.T) {
	quit := make(chan struct{})
	ready := make(chan struct{})
	for range 7 {
		go func() {
			ready <- struct{}{}
			<-quit
		}()
		<-ready
	}
	buf := make([]byte, 1<<16)
	text := string(stacks(buf[:runtime.Stack(buf, true)]))
	close(quit)
	if !strings.Contains(text, "7 times chan receive: ") || !strings.Contains(text, ".TestStacks.func1 (dump_test.go:") {
		t.Error(text)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "goroutine %d [select, 9 minutes]:\na/b.f%d(0xc0001, 0x1)\n\t/x/b.go:%d +0x1\n"+
			"created by a.g in goroutine 1\n\t/x/a.go:1 +0x2\n\n", i, i, i)
	}
	text = string(stacks([]byte(many.String())))
	if n := strings.Count(text, "\n"); n != dumpStacks+2 || !strings.Contains(text, "1000 goroutines") ||
		!strings.Contains(text, "auscultd: 1 times select: b.f3 (b.go:3)\n") ||
		!strings.Contains(text, "and at 960 more places") {
		t.Errorf("%d lines: %.400s", n, text)
	}
	for _, odd := range []string{"", "goroutine", "goroutine 1 [", "goroutine 1 [running]:\n", "\n\n\n"} {
		if text := string(stacks([]byte(odd))); strings.Count(text, "\n") > 2 {
			t.Errorf("%q: %s", odd, text)
		}
	}
}
