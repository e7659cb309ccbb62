package node

import (
	"os"
	"testing"

	"github.com/auscult/auscult/tflite/backend/backendtest"
)

// TestMain lets the test's program be a helper too, which computes by the Go kernels.
func TestMain(m *testing.M) {
	if code, isHelper := backendtest.Main(backendtest.Kernels, os.Stderr); isHelper {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
