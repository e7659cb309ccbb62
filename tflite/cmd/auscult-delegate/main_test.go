package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// TestMain lets the test's program be auscult-delegate itself, where it is started as a helper.
func TestMain(m *testing.M) {
	if err := confine.Main(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Getenv(backend.Variable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestCommandLine(t *testing.T) {
	for args, want := range map[string]string{
		"":                                         "--backend",
		"--backend tpu":                            `"tpu"`,
		"--backend tflite more":                    `"more"`,
		"--backend litert --delegate x.so":         "--backend tflite",
		"--backend tflite --accelerators gpu":      "--backend litert",
		"--backend tflite --delegate x.so,":        "KEY=VALUE",
		"--backend tflite --delegate x.so,a=1,b":   `"b"`,
		"--backend tflite --delegate ,a=1":         "names no file",
		"--backend tflite --no-such-option":        "no-such-option",
		"--backend tflite --delegate x.so,=1":      "KEY=VALUE",
		"--backend litert --no-xnnpack":            "--backend tflite",
		"--backend tflite --delegate x.so,a=1 two": `"two"`,
	} {
		var out, complaints bytes.Buffer
		if code := run(strings.Fields(args), &out, &complaints); code != exitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
		if !strings.Contains(complaints.String(), want) || strings.Count(complaints.String(), "\n") != 1 {
			t.Errorf("%q: %q, want %q in one line", args, complaints.String(), want)
		}
	}
	o, err := parse(strings.Fields("--backend tflite --library l.so --delegate e.so,device=usb,x="))
	if err != nil || o.tflite.Library != "l.so" || o.tflite.Delegate != "e.so" ||
		strings.Join(o.tflite.Keys, " ") != "device x" || strings.Join(o.tflite.Values, " ") != "usb " {
		t.Errorf("parsed %+v, %v", o, err)
	}
	o, err = parse(strings.Fields("--backend litert --accelerators gpu,cpu"))
	if err != nil || strings.Join(o.litert.Accelerators, " ") != "gpu cpu" {
		t.Errorf("parsed %+v, %v", o, err)
	}
}

func TestByHand(t *testing.T) {
	var out, complaints bytes.Buffer
	if code := run([]string{"--help"}, &out, &complaints); code != exitOK || !strings.Contains(out.String(), "Usage") {
		t.Errorf("--help: %d, %q", code, out.String())
	}
	if code := run([]string{"--version"}, &out, &complaints); code != exitOK || complaints.Len() != 0 {
		t.Errorf("--version: %d, %q", code, complaints.String())
	}
	if code := run([]string{"--backend", "tflite"}, &out, &complaints); code != exitFailed ||
		!strings.Contains(complaints.String(), "not by hand") {
		t.Errorf("by hand: %d, %q", code, complaints.String())
	}
	if err := backend.Serve(nil); !errors.Is(err, backend.ErrNotHelper) {
		t.Error(err)
	}
}
