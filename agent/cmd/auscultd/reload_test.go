package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// lines collects what a program writes and says when a text is there.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) await(t *testing.T, want string) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(hangs); ; <-look.C {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no %q in the log:\n%s", want, text)
		}
	}
}

// daemon starts the program.
func daemon(t *testing.T, path string, stderr io.Writer, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "--config", path)
	cmd.Env = append(append(os.Environ(), asDaemon+"=1"), env...)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestHangup reads the configuration again: a good one is taken up and told, a bad one is named
// and changes nothing.
func TestHangup(t *testing.T) {
	path := write(t, lonely)
	change := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log lines
	cmd := daemon(t, path, &log)
	log.await(t, "node started")
	hangup := func() {
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	change(lonely + "[[source]]\nname = \"pump\"\ntype = \"wav\"\npath = \"absent.wav\"\n")
	hangup()
	log.await(t, `msg="configuration taken up" changes="[source pump: new]"`)
	change("[mqtt]\nbrokr = 1\n")
	hangup()
	log.await(t, fmt.Sprintf("code=config_refused source=\"\" err=\"node: the changed configuration is not used: config: %s:2:1: mqtt.brokr", path))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	hangup()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	change(strings.Replace(lonely, "\"test\"", "\"other\"", 1) + "[log]\nlevel = \"error\"\n")
	hangup()
	log.await(t, `msg="configuration taken up" changes="[source pump: gone log]" at_next_start=[node.id]`)
	end(t, cmd)
	log.mu.Lock()
	defer log.mu.Unlock()
	if strings.Contains(log.text.String(), "node stopped") {
		t.Errorf("the level was not taken up: %s", &log.text)
	}
}

// TestNobodyReadsTheLog goes on when the log's reader goes, and when it hangs.
func TestNobodyReadsTheLog(t *testing.T) {
	for name, hang := range map[string]bool{"gone": false, "hangs": true} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = r.Close() })
			socket, next := listen(t)
			cmd := daemon(t, write(t, lonely), w, "NOTIFY_SOCKET="+socket)
			_ = w.Close() // the program has it
			next()        // it has started
			if !hang {
				_ = r.Close()
			}
			pause := time.NewTicker(2 * time.Millisecond)
			defer pause.Stop()
			for range 50 { // each writes lines
				if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
					t.Fatalf("it died: %v", err)
				}
				<-pause.C
			}
			end(t, cmd)
		})
	}
}

// stuck is a reader of the log that hangs until it is let go.
type stuck struct {
	lines
	free chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.lines.Write(p)
}

// TestLineWriter takes lines while nobody reads, says how many it lost, and writes the rest.
func TestLineWriter(t *testing.T) {
	s := &stuck{free: make(chan struct{})}
	l := newLineWriter(s)
	for i := range logLines + 10 {
		if n, err := fmt.Fprintf(l, "line %d\n", i); n == 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	lost := l.lost.Load()
	if lost != 9 && lost != 10 { // one may be on its way
		t.Errorf("%d lines were lost", lost)
	}
	close(s.free)
	s.await(t, fmt.Sprintf("%d lines of the log were lost", lost))
	l.finish()
	if got := strings.Count(s.text.String(), "\n"); got != logLines+10-int(lost)+1 {
		t.Errorf("%d lines were written", got)
	}
	// One that hangs at the end is left behind.
	l = newLineWriter(&stuck{free: make(chan struct{})})
	_, _ = l.Write([]byte("x")) // never fails
	began := time.Now()
	l.finish()
	if took := time.Since(began); took > hangs {
		t.Errorf("the end took %v", took)
	}
}
