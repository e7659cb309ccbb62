package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
)

// TestNext says the step that comes next on each machine.
func TestNext(t *testing.T) {
	node := &config.Config{Model: "/m.tflite", Sources: []config.Source{{Name: "pump"}}}
	for name, c := range map[string]struct {
		m    machine
		want string
	}{
		"Mac":           {machine{system: "darwin"}, "nodes run on Linux"},
		"nothing":       {machine{system: "linux", trouble: "no sound card"}, "No microphone can be used here: no sound card."},
		"a microphone":  {machine{system: "linux", microphone: "hw:CARD=a,DEV=0"}, "auscult record"},
		"no source":     {machine{system: "linux", microphone: "m", config: &config.Config{}}, "is no node yet"},
		"no model":      {machine{system: "linux", config: node}, "sudo auscult install my-machine.tflite"},
		"a node":        {machine{system: "linux", config: node, model: true}, "auscult doctor"},
		"a wrong table": {machine{system: "linux", configErr: errors.New("f:1:1: x")}, "cannot be used: f:1:1: x"},
	} {
		if got := c.m.next(); !strings.Contains(got, c.want) || !strings.Contains(got, "--help") {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

// TestNextSaysWhatCannotBeRead where the list of cards is none.
func TestNextSaysWhatCannotBeRead(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "proc", "asound", "cards"), 0o750); err != nil {
		t.Fatal(err)
	}
	m := lookAround(root, filepath.Join(root, "none.toml"))
	m.system = "linux"
	if got := m.next(); !strings.Contains(got, "No microphone can be used here: ") || !strings.Contains(got, "cards") {
		t.Errorf("%s", got)
	}
}

// TestProgressLine is what a log has of long work.
func TestProgressLine(t *testing.T) {
	b := newBar(t.Output(), "learning", 200)
	b.setNote(50, " epoch 3")
	if got := b.line(50, 30*time.Second); got != "learning: 25 % after 30s, about 1m30s left epoch 3" {
		t.Errorf("%q", got)
	}
	if got := b.line(0, time.Minute); got != "learning: 0 % after 1m0s epoch 3" {
		t.Errorf("%q", got)
	}
	if got := b.line(200, time.Minute); got != "learning: 100 % after 1m0s epoch 3" {
		t.Errorf("%q", got)
	}
}
