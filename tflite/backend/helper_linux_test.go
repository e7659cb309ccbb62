package backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// program is the test's own, as one of helpers.
func program(t testing.TB, name string, args ...string) Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command{Path: self, Args: append([]string{name}, args...)}
}

func startTest(t testing.TB, c Command) (*Helper, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	h, err := Start(ctx, c, testJob())
	if err == nil {
		t.Cleanup(h.Close)
	}
	return h, err
}

// ask sends an input that begins with a byte, and returns what came back.
func ask(h *Helper, first byte, limit time.Duration) ([]byte, error) {
	in := bytes.Repeat([]byte{7}, testBytes)
	in[0] = first
	copy(h.Input(0), in)
	if err := h.Invoke(limit); err != nil {
		return nil, err
	}
	out := make([]byte, testBytes)
	h.Output(0, out)
	return out, nil
}

const patient = 5 * time.Second

func TestInvoke(t *testing.T) {
	h, err := startTest(t, program(t, "adder"))
	if err != nil {
		t.Fatal(err)
	}
	if h.Text() != "adds one" {
		t.Errorf("says %q", h.Text())
	}
	for i := range 1000 {
		first := byte(10 + i%200)
		out, err := ask(h, first, patient)
		if err != nil {
			t.Fatal(err)
		}
		if out[0] != first+1 || out[testBytes-1] != 8 {
			t.Fatalf("inference %d gives %d … %d", i, out[0], out[testBytes-1])
		}
	}
	if h.Took() <= 0 || h.Took() > patient {
		t.Errorf("took %v", h.Took())
	}
	u, err := h.Usage()
	if err != nil || u.ResidentBytes < 1<<20 || u.Files < 5 {
		t.Errorf("usage %+v, %v", u, err)
	}
	// The request's number goes round without a word that means nothing was asked yet.
	h.request = 1<<32 - 3
	for range 6 {
		if _, err := ask(h, 99, patient); err != nil {
			t.Fatalf("request %d: %v", h.request, err)
		}
	}
}

func TestFailedInference(t *testing.T) {
	h, err := startTest(t, program(t, "adder"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(h, fail, patient); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "out of luck") {
		t.Errorf("got %v", err)
	}
	if _, err := ask(h, plain, patient); err != nil {
		t.Errorf("the next inference: %v", err)
	}
}

// TestStarts that fail say why.
func TestStarts(t *testing.T) {
	for name, want := range map[string]string{
		"refuses": `no use for "a model"`,
		"dies":    "last words",
		"strange": "state 77",
		"babbles": "?",
	} {
		_, err := startTest(t, program(t, name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	if _, err := startTest(t, Command{Path: "/nonexistent"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing program: %v", err)
	}
	// One that is confined is not found by the launcher, which says so itself.
	c := Command{Path: "/nonexistent", Rights: &confine.Rights{}}
	if _, err := startTest(t, c); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing program, confined: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, program(t, "sleeps"), testJob()); !errors.Is(err, ErrLate) {
		t.Errorf("a program that does not get ready: %v", err)
	}
}

// TestEnds meets each way in which a helper can stop answering, and wants an error in time.
func TestEnds(t *testing.T) {
	const limit = 200 * time.Millisecond
	for _, c := range []struct {
		name, program string
		first         byte
		want          error
	}{
		{"crash", "adder", crash, ErrDied},
		{"hang", "adder", hang, ErrLate},
		{"flood", "flood", plain, ErrLate},
		{"scribbles", "scribbles", plain, ErrLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := startTest(t, program(t, c.program))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_, err = ask(h, c.first, limit)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if took := time.Since(start); took > limit+patient {
				t.Errorf("took %v", took)
			}
			h.Output(0, make([]byte, testBytes)) // still there to be read
		})
	}
}

// TestStopped is a helper that the kernel does not run any more.
func TestStopped(t *testing.T) {
	h, err := startTest(t, program(t, "adder"))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(h.PID(), unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(h, plain, 50*time.Millisecond); !errors.Is(err, ErrLate) {
		t.Errorf("got %v, want %v", err, ErrLate)
	}
	h.Close()
	if _, err := h.Usage(); err == nil {
		t.Error("a helper that was closed still has memory")
	}
}

// TestChildren finds nothing left of what a helper has started.
func TestChildren(t *testing.T) {
	h, err := startTest(t, program(t, "adder"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(h, fork, patient); err != nil {
		t.Fatal(err)
	}
	group := h.PID()
	h.Close()
	if err := unix.Kill(-group, 0); !errors.Is(err, unix.ESRCH) && !zombies(group) {
		t.Errorf("its group is still there: %v", err)
	}
}

// zombies reports whether all that is left of a group are processes that nobody has waited for.
func zombies(group int) bool {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(f) > 2 && f[2] == strconv.Itoa(group) && f[0] != "Z" {
			return false
		}
	}
	return true
}

// TestRights lets a helper try what it has no right to.
func TestRights(t *testing.T) {
	if missing := confine.Missing(); len(missing) > 0 {
		t.Skipf("this kernel has no %v", missing)
	}
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := program(t, "rights", secret, fmt.Sprint(os.Getpid()))
	c.Rights = &confine.Rights{Hide: []string{folder}}
	_, err := startTest(t, c)
	if err == nil || !strings.HasSuffix(err.Error(), "could:") {
		t.Errorf("a confined helper: %v", err)
	}
	c.Rights = nil
	_, err = startTest(t, c)
	if err == nil || !strings.Contains(err.Error(), "network read write temp signal") {
		t.Errorf("one that is not confined shows that the test sees something: %v", err)
	}
	_ = os.Remove(os.TempDir() + "/auscult-rights-test")
}

// TestMemory bounds what a confined helper allocates.
func TestMemory(t *testing.T) {
	if detectsRaces {
		t.Skip("the race detector needs more memory than any bound leaves")
	}
	c := program(t, "adder")
	c.Rights = &confine.Rights{MemoryBytes: 256 << 20}
	h, err := startTest(t, c)
	if err != nil {
		t.Fatal(err)
	}
	for range 64 {
		if _, err = ask(h, leak, patient); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrDied) {
		t.Errorf("a helper that takes 1 GiB of 256 MiB: %v", err)
	}
}

// TestTensors refuses jobs that have no page.
func TestTensors(t *testing.T) {
	tensor := testJob().Inputs[0]
	big := tensor
	big.Bytes = MaxPageBytes
	deep := tensor
	deep.Shape = make([]int, 9)
	many := slices.Repeat([]tflite.TensorInfo{tensor}, MaxTensors/2+1)
	for name, j := range map[string]Job{
		"no input":  {Outputs: []tflite.TensorInfo{tensor}},
		"no output": {Inputs: []tflite.TensorInfo{tensor}},
		"too many":  {Inputs: many, Outputs: many},
		"too large": {Inputs: []tflite.TensorInfo{tensor}, Outputs: []tflite.TensorInfo{big}},
		"too deep":  {Inputs: []tflite.TensorInfo{deep}, Outputs: []tflite.TensorInfo{tensor}},
	} {
		if _, err := Start(t.Context(), program(t, "adder"), j); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

func TestServeByHand(t *testing.T) {
	if err := Serve(nil); !errors.Is(err, ErrNotHelper) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkRoundTrip is what asking another process costs beside what it computes.
func BenchmarkRoundTrip(b *testing.B) {
	h, err := startTest(b, program(b, "adder"))
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	out := make([]byte, testBytes)
	in := bytes.Repeat([]byte{9}, testBytes)
	for b.Loop() {
		start := time.Now()
		copy(h.Input(0), in)
		if err := h.Invoke(patient); err != nil {
			b.Fatal(err)
		}
		h.Output(0, out)
		took = append(took, time.Since(start)-h.Took())
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100])/1e3, "p99-us")
}
