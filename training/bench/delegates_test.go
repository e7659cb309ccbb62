package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/backendtest"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// TestMain lets the test's program be a helper too, which computes by the Go kernels.
func TestMain(m *testing.M) {
	if code, isHelper := backendtest.Main(backendtest.Kernels, os.Stderr); isHelper {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestDelegates measures a helper beside the Go kernels, and says of another why it is missing.
func TestDelegates(t *testing.T) {
	data, err := tflite.ReadFile(filepath.Join("..", "..", "tflite", "testdata", "ad01_int8.tflite"))
	if err != nil {
		t.Fatal(err)
	}
	cs := []delegate.Candidate{
		{Name: delegate.Exec, Command: backend.Command{Path: os.Args[0], Rights: &confine.Rights{}}},
		{Name: delegate.LiteRT, Missing: "no library"},
		{Name: delegate.TFLite, Command: backend.Command{Path: "/nonexistent"}},
	}
	all, err := Delegates(t.Context(), data, cs, Options{Duration: 20 * time.Millisecond, Threads: 1})
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	if d := all[0]; d.Backend != delegate.Go || d.Latency.Count == 0 {
		t.Errorf("%+v", d)
	}
	if d := all[1]; d.Missing != "" || d.Latency.Count == 0 || d.Overhead.Count == 0 || d.Values != 20*640 ||
		d.Differ != 0 || d.ResidentBytes == 0 || d.StartMS <= 0 {
		t.Errorf("%+v", d)
	}
	if all[2].Missing != "no library" || !strings.Contains(all[3].Missing, "no such file") {
		t.Errorf("%+v, %+v", all[2], all[3])
	}
}
