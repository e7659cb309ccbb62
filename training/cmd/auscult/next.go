package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/auscult/auscult/agent/config"
)

// configFile is where a node's configuration is, unless a flag says otherwise.
const configFile = "/etc/auscult/auscultd.toml"

// machine is what is known of where the tool runs.
type machine struct {
	system     string // runtime.GOOS
	microphone string // the first that can be opened, "" for none
	trouble    string // why there is none
	config     *config.Config
	configErr  error
	model      bool
}

// lookAround finds out what the next step depends on. Nothing is opened or changed.
func lookAround(root, file string) machine {
	m := machine{system: runtime.GOOS}
	usable, trouble, err := usableMicrophones(root)
	switch m.trouble = trouble; {
	case err != nil:
		m.trouble = err.Error()
	case len(usable) > 0:
		m.microphone = usable[0].Name
	}
	c, err := config.Load(file)
	if m.configErr = err; err == nil {
		m.config = &c
		info, err := os.Stat(c.Model)
		m.model = err == nil && info.Mode().IsRegular()
	}
	return m
}

// next says what to do on a machine, one step after the other.
func (m *machine) next() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Usage: auscult <command> [flags]\n")
	switch {
	case m.system != "linux":
		line("On this system auscult learns from recordings and proves its models; nodes run on Linux.\n")
		line("  auscult demo   see it work, with sound that comes along")
		m.learn(line)
	case m.config != nil && len(m.config.Sources) > 0 && m.model:
		line("This machine is set up as a node: %s, and its model is there.\n", sources(m.config))
		line("  auscult doctor   check microphone, level, clock and broker")
		line("  systemctl status auscultd   see whether it guards")
	case m.config != nil && len(m.config.Sources) > 0:
		line("This machine is set up as a node: %s, but there is no model yet.\n", sources(m.config))
		line("  mkdir -p my-machine/normal")
		line("  auscult record --source %s --duration 30m my-machine/normal/1.wav", m.config.Sources[0].Name)
		line("  auscult train --model dense --data my-machine --out my-machine.tflite")
		line("  sudo auscult install my-machine.tflite")
	case m.microphone != "":
		line("This machine has a microphone (%s), and is no node yet.\n", m.microphone)
		line("  sudo auscult init   set the node up: microphone, name, broker")
		line("  mkdir -p normal; auscult record --duration 30m normal/1.wav   record the machine while it runs well")
		m.learn(line)
	default:
		line("No microphone can be used here: %s.\n", m.trouble)
		line("  auscult devices   what there is, and what is wrong with it")
		line("  auscult demo   see it work without one")
		m.learn(line)
	}
	if m.configErr != nil && !errors.Is(m.configErr, fs.ErrNotExist) && m.system == "linux" {
		line("\nThe configuration cannot be used: %v", m.configErr)
	}
	line("\nauscult --help lists all commands, auscult COMMAND --help explains one.")
	return b.String()
}

// learn shows how recordings become a model.
func (m *machine) learn(line func(format string, args ...any)) {
	line("  auscult train --model dense --data . --out m.tflite   learn from the recordings in normal/")
	line("  auscult report --model m.tflite --data . --out m.html see what the model can do")
}

// sources names what a node listens to.
func sources(c *config.Config) string {
	names := make([]string, len(c.Sources))
	for i := range c.Sources {
		names[i] = c.Sources[i].Name
	}
	return "it listens to " + strings.Join(names, ", ")
}
