package backend

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/auscult/auscult/tflite/backend/confine"
)

// Command is a helper's program.
type Command struct {
	Path string
	Args []string
	// Rights are what the helper may do; nil: all that the caller may. The caller's main function must
	// then begin with confine.Main.
	Rights *confine.Rights
}

// process is a running helper.
type process struct {
	pid  int
	dead chan struct{} // closed when it has ended and nothing looks at its page
	gone atomic.Bool   // it has ended

	mu     sync.Mutex
	reaped bool
	status syscall.WaitStatus
	stderr words
}

// kept are the environment variables that a helper gets: where programs and libraries are. Others may hold secrets.
var kept = []string{"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ"}

// environment returns a helper's.
func environment() []string {
	env := []string{fmt.Sprintf("%s=%d", Variable, Version)}
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// epitaph says how it ended, and its last words.
func (proc *process) epitaph() string {
	proc.mu.Lock()
	text := fmt.Sprintf("exit status %d", proc.status.ExitStatus())
	if proc.status.Signaled() {
		text = proc.status.Signal().String()
	}
	proc.mu.Unlock()
	if last := proc.stderr.last(); last != "" {
		text += ": " + last
	}
	return text
}

// words keeps what a program says: the begin, where a crash has its name, and the end.
type words struct {
	mu    sync.Mutex
	head  []byte
	text  []byte
	ended chan struct{} // closed when nobody can say anything more
}

// tailBytes is how much is kept of what a helper says last, headBytes of what it says first.
const (
	tailBytes = 2048
	headBytes = 2048
)

// drain reads to the end.
func (t *words) drain(r io.ReadCloser) {
	defer close(t.ended)
	defer func() { _ = r.Close() }() // nothing was written
	block := make([]byte, tailBytes)
	for {
		n, err := r.Read(block)
		t.mu.Lock()
		t.head = append(t.head, block[:min(n, headBytes-len(t.head))]...)
		t.text = append(t.text, block[:n]...)
		if over := len(t.text) - tailBytes; over > 0 {
			t.text = append(t.text[:0], t.text[over:]...)
		}
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits a moment for the last words of a program that has ended.
func (t *words) await() {
	timer := time.NewTimer(100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-t.ended:
	case <-timer.C: // something else holds its end of the pipe
	}
}

// crashes are how the line begins with which a program in Go says why it crashes, also one that has libraries in C.
var crashes = []string{"panic: ", "fatal error: ", "SIG"}

// last returns the line that says most: that of a crash, or else the last that is not empty.
func (t *words) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.ToValidUTF8(string(t.head)+"\n"+string(t.text), "?"), "\n")
	for _, line := range lines {
		if slices.ContainsFunc(crashes, func(c string) bool { return strings.HasPrefix(line, c) }) {
			return line
		}
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); line != "" {
			return line
		}
	}
	return ""
}
