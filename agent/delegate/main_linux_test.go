package delegate

import (
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/backendtest"
)

// TestMain lets the test's program be a helper too, which computes by the Go kernels, and goes wrong as its argument
// says.
func TestMain(m *testing.M) {
	if code, isHelper := backendtest.Main(openTest, os.Stderr); isHelper {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// testEngine computes rightly, until its time has come.
type testEngine struct {
	backend.Engine // what computes rightly

	what string
	late int // inferences until it goes wrong
	n    int
	held [][]byte
}

func openTest(j backend.Job) (backend.Engine, error) {
	what := os.Args[1]
	if what == "refuse" {
		return nil, errors.New("no device")
	}
	right, err := backendtest.Kernels(j)
	if err != nil {
		return nil, err
	}
	late := 0
	if len(os.Args) > 2 {
		late, _ = strconv.Atoi(os.Args[2])
	}
	return &testEngine{Engine: right, what: what, late: late}, nil
}

func (e *testEngine) Invoke(inputs, outputs [][]byte) error {
	if err := e.Engine.Invoke(inputs, outputs); err != nil {
		return err
	}
	if e.n++; e.n <= e.late {
		return nil
	}
	switch e.what {
	case "crash":
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
	case "exit":
		os.Exit(0)
	case "hang":
		for {
			_, _ = unix.Select(0, nil, nil, nil, nil)
		}
	case "fail":
		return errors.New("the chip is hot")
	case "wrong":
		for i := range outputs[0] {
			outputs[0][i] += 5
		}
	case "near":
		outputs[0][0]++
	case "slow":
		for start := time.Now(); time.Since(start) < 300*time.Millisecond; {
			_ = unix.Nanosleep(&unix.Timespec{Nsec: 1e6}, nil)
		}
	case "lazy":
		_ = unix.Nanosleep(&unix.Timespec{Nsec: 2e6}, nil)
	case "leak":
		block := make([]byte, 80<<20)
		for i := range block {
			block[i] = byte(i)
		}
		e.held = append(e.held, block)
	}
	return nil
}
