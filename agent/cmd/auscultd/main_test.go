package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
)

// asDaemon makes the test binary be auscultd.
const asDaemon = "AUSCULTD_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asDaemon) != "" {
		main()
	}
	os.Exit(m.Run())
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "auscultd.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lonely is a configuration that needs nothing from outside: its source and
// model are missing, which are faults, not errors.
const lonely = "model = \"absent.tflite\"\n[node]\nid = \"test\"\n[mqtt]\nbroker = \"\"\n[spool]\npath = \"spool.db\"\n" +
	"[[source]]\nname = \"fan\"\ntype = \"wav\"\npath = \"absent.wav\"\n"

// TestCommandLine has the exit codes that --help names.
func TestCommandLine(t *testing.T) {
	good := write(t, string(config.DefaultFile))
	bad := write(t, "[mqtt]\nbrokr = \"x\"\n")
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"--help", 0, "Example:", ""},
		{"-h", 0, "Exit codes:", ""},
		{"--version", 0, "auscultd ", ""},
		{"--config " + good + " --check-config", 0, good + ": ok\n", ""},
		{"--config " + bad + " --check-config", 78, "", "auscultd: config: " + bad + `:2:1: mqtt.brokr: unknown key: did you mean "broker"?`},
		{"--config " + bad, 78, "", bad + ":2:1: "},
		{"--config /nonexistent/x", 66, "", "no such file"},
		{"--config /nonexistent/x --check-config", 78, "", "no such file"},
		{"", 64, "", "auscultd: --config FILE is missing; try auscultd --help"},
		{"--frobnicate", 64, "", "auscultd: flag provided but not defined: -frobnicate; try"},
		{"--config " + good + " now", 64, "", `unexpected argument "now"`},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("auscultd %s: code %d\nstdout %s\nstderr %s", c.args, code, &stdout, &stderr)
		}
		if strings.Count(stderr.String(), "\n") > 1 || (c.stderr == "") != (stderr.Len() == 0) {
			t.Errorf("auscultd %s: complains in several lines: %s", c.args, &stderr)
		}
	}
}

// TestOptions has every option off unless it is given.
func TestOptions(t *testing.T) {
	for args, want := range map[string]options{
		"--config x":                      {config: "x"},
		"--config x --exit-when-done":     {config: "x", exit: true},
		"--check-config --config=x":       {config: "x", check: true},
		"--version":                       {version: true},
		"--config x --check-config=false": {config: "x"},
	} {
		if got, err := parse(strings.Fields(args)); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", args, got, err, want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestHelpThatCannotBeWritten(t *testing.T) {
	if code := run(t.Context(), []string{"--help"}, brokenWriter{}, brokenWriter{}); code != 1 {
		t.Errorf("code %d", code)
	}
}

// listen gives the service manager's end of a notify socket.
func listen(t *testing.T) (path string, next func() string) {
	t.Helper()
	// The name of a socket has at most 107 bytes: t.TempDir may be too long.
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path = filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return path, func() string {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 8192)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

// TestUnderSystemd runs the program as systemd does, and stops it as systemd
// and as a person does.
func TestUnderSystemd(t *testing.T) {
	for _, how := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(how.String(), func(t *testing.T) {
			socket, next := listen(t)
			cmd := exec.Command(os.Args[0], "--config", write(t, lonely))
			cmd.Env = append(os.Environ(), asDaemon+"=1", "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=300000")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill() }()
			if first := next(); !strings.HasPrefix(first, "STATUS=starting: node test: ") {
				t.Errorf("at first it said %q", first)
			}
			got := next()
			if !strings.HasPrefix(got, "READY=1\nSTATUS=node test: ") {
				t.Errorf("first it said %q", got)
			}
			if !strings.Contains(got, "0 of 1 sources listen") || !strings.Contains(got, "; node: source fan: ") {
				t.Errorf("ready without a reason: %q", got)
			}
			fed, told := false, false
			for i := 0; i < 10 && !(fed && told); i++ {
				told = told || strings.Contains(got, "; node: source fan: ")
				got = next()
				fed = fed || strings.Contains(got, "WATCHDOG=1")
			}
			if !fed || !told {
				t.Errorf("watchdog fed: %v, fault told: %v", fed, told)
			}
			began := time.Now()
			if err := cmd.Process.Signal(how); err != nil {
				t.Fatal(err)
			}
			got = next()
			for strings.Contains(got, "WATCHDOG=1") || strings.HasPrefix(got, "STATUS=node") {
				got = next()
			}
			if !strings.HasPrefix(got, "STOPPING=1\n") {
				t.Errorf("last it said %q", got)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, &stderr)
			}
			if took := time.Since(began); took > hangs {
				t.Errorf("the end took %v", took)
			}
			if !strings.Contains(stderr.String(), "code=model_load source=fan") ||
				!strings.Contains(stderr.String(), `msg="node stopped"`) {
				t.Errorf("log: %s", &stderr)
			}
		})
	}
}

// hangs is far above what the end may take, however loaded the machine is; package node
// holds its steps to two seconds.
const hangs = 30 * time.Second

func TestStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	began := time.Now()
	text := strings.Replace(lonely, "[node]", "[log]\nformat = \"json\"\nlevel = \"warn\"\n[node]", 1)
	if code := run(ctx, []string{"--config", write(t, text)}, &bytes.Buffer{}, &stderr); code != 0 {
		t.Errorf("code %d: %s", code, &stderr)
	}
	if took := time.Since(began); took > hangs {
		t.Errorf("the end took %v", took)
	}
	if strings.Contains(stderr.String(), "node started") {
		t.Errorf("log level warn shows info: %s", &stderr)
	}
}

// TestLog writes what the configuration asks for, from its level on.
func TestLog(t *testing.T) {
	for level, want := range map[string]string{"debug": "diwe", "info": "iwe", "warn": "we", "error": "e"} {
		var text bytes.Buffer
		log := newLog(&text, &config.Log{Level: level, Format: "text"}, new(slog.LevelVar))
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		var got string
		for line := range strings.Lines(text.String()) {
			_, message, _ := strings.Cut(strings.TrimSpace(line), "msg=")
			got += message
		}
		if got != want {
			t.Errorf("%s: wrote %q, want %q", level, got, want)
		}
	}
	var text bytes.Buffer
	newLog(&text, &config.Log{Level: "info", Format: "json"}, new(slog.LevelVar)).Info("i")
	if !strings.HasPrefix(text.String(), `{"time":`) {
		t.Errorf("JSON is %s", &text)
	}
}

// TestNotTold says in the log that the service manager cannot be reached, and that its
// watchdog is set to nonsense.
func TestNotTold(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "absent"))
	t.Setenv("WATCHDOG_USEC", "soon")
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &watched{want: "service manager not told", seen: make(chan struct{})}
	done := make(chan int)
	path := write(t, lonely)
	go func() { done <- run(ctx, []string{"--config", path}, &bytes.Buffer{}, stderr) }()
	select {
	case <-stderr.seen:
	case <-time.After(hangs):
		t.Error("nothing was said of the service manager")
	}
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("code %d", code)
	}
	if got := stderr.text.String(); !strings.Contains(got, `level=WARN msg="no watchdog"`) {
		t.Errorf("log: %s", got)
	}
}

// watched is a log that says when a text has been written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	want string
	seen chan struct{} // closed then
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := strings.Contains(w.text.String(), w.want)
	n, err := w.text.Write(p)
	if !before && strings.Contains(w.text.String(), w.want) {
		close(w.seen)
	}
	return n, err
}

// TestVersionText says what the build said, and else something.
func TestVersionText(t *testing.T) {
	if got := versionText(); got == "" {
		t.Error("no version")
	}
	before := version
	version = "v1.2"
	t.Cleanup(func() { version = before })
	if got := versionText(); got != "v1.2" {
		t.Errorf("%q, want v1.2", got)
	}
}
