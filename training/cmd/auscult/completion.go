package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/devices"
	"github.com/auscult/auscult/agent/sensor"
)

// The scripts ask this program itself what may stand at the cursor, so that they know all commands, flags and values.
//
//go:embed completion/auscult.bash
var bashCompletion string

//go:embed completion/auscult.zsh
var zshCompletion string

//go:embed completion/auscult.fish
var fishCompletion string

//go:embed completion/auscult.ps1
var powershellCompletion string

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"The shell: bash, zsh, fish or powershell."`
}

// Help shows a use.
func (completionCommand) Help() string {
	return `Prints a script that completes commands, flags and their values: kinds of networks, models, microphones,
accelerometers, sources of the node. Packages install it where shells look for it.

Example:
  auscult completion bash > ~/.local/share/bash-completion/completions/auscult
  auscult completion zsh > "${fpath[1]}/_auscult"
  auscult completion fish > ~/.config/fish/completions/auscult.fish
  auscult completion powershell >> $PROFILE`
}

// Run prints a script.
func (c *completionCommand) Run(std streams) error {
	scripts := map[string]string{
		"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion, "powershell": powershellCompletion,
	}
	_, err := io.WriteString(std.out, scripts[c.Shell])
	return err
}

type completeCommand struct {
	Next  bool     `help:"The cursor stands behind the last word and a space."`
	Words []string `arg:"" optional:"" help:"The words of the command line, up to the cursor, without the program."`
}

// Run prints what may stand at the cursor: a line for each, with what it is behind a tab.
func (c *completeCommand) Run(std streams, k *kong.Kong) error {
	words := c.Words
	if c.Next || len(words) == 0 {
		words = append(slices.Clone(words), "")
	}
	for _, w := range complete(k.Model.Node, words) {
		if _, err := fmt.Fprintf(std.out, "%s\t%s\n", w.text, w.help); err != nil {
			return err
		}
	}
	return nil
}

// candidate is a word that may stand at the cursor.
type candidate struct{ text, help string }

// complete returns what the last of the words may be.
func complete(node *kong.Node, words []string) []candidate {
	last := words[len(words)-1]
	var waiting *kong.Value // a flag whose value comes next
	filled := 0
	for _, word := range words[:len(words)-1] {
		switch {
		case waiting != nil:
			waiting = nil
		case strings.HasPrefix(word, "--"):
			name, _, given := strings.Cut(word[2:], "=")
			if f := flagOf(node, name); f != nil && !given && !f.IsBool() {
				waiting = f.Value
			}
		case len(word) > 1 && word[0] == '-': // short flags have no values
		case childOf(node, word) != nil:
			node = childOf(node, word)
		default:
			filled++
		}
	}
	if waiting != nil {
		return startingWith(last, valuesOf(waiting, last))
	}
	if name, value, given := strings.Cut(strings.TrimPrefix(last, "--"), "="); given && strings.HasPrefix(last, "--") {
		f := flagOf(node, name)
		if f == nil {
			return nil
		}
		list := startingWith(value, valuesOf(f.Value, value))
		for i := range list {
			list[i].text = "--" + name + "=" + list[i].text
		}
		return list
	}
	return startingWith(last, wordsOf(node, last, filled))
}

// wordsOf returns commands, flags and arguments that may follow.
func wordsOf(node *kong.Node, last string, filled int) []candidate {
	var list []candidate
	if strings.HasPrefix(last, "-") {
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				list = append(list, candidate{"--" + f.Name, firstSentence(f.Help)})
			}
		}
		return list
	}
	for _, child := range node.Children {
		if !child.Hidden {
			list = append(list, candidate{child.Name, firstSentence(child.Help)})
		}
	}
	if n := len(node.Positional); n > 0 && (filled < n || node.Positional[n-1].IsCumulative()) {
		list = append(list, valuesOf(node.Positional[min(filled, n-1)], last)...)
	}
	return list
}

// valuesOf returns what a flag or an argument may be.
func valuesOf(v *kong.Value, last string) []candidate {
	if v.Enum != "" {
		var list []candidate
		for _, s := range v.EnumSlice() {
			list = append(list, candidate{text: s})
		}
		return list
	}
	switch v.Name {
	case "device":
		return microphones()
	case "chip":
		return plainly(sensor.Chips())
	case "source":
		return configured()
	case "model", "against", "models":
		return files(last, ".tflite")
	}
	if v.IsBool() || v.Tag != nil && v.Tag.Type == "" && v.Flag != nil {
		return nil
	}
	return files(last, "")
}

func plainly(texts []string) []candidate {
	list := make([]candidate, len(texts))
	for i, s := range texts {
		list[i].text = s
	}
	return list
}

// microphones are those of this machine.
func microphones() []candidate {
	list := []candidate{{"sim", "a simulated pump"}}
	if found, err := devices.Look("/"); err == nil {
		for i := range found.Microphones {
			list = append(list, candidate{found.Microphones[i].Name, found.Microphones[i].Text})
		}
	}
	return list
}

// configured are the sources of this node.
func configured() []candidate {
	c, err := config.Load(configFile)
	if err != nil {
		return nil
	}
	var list []candidate
	for i := range c.Sources {
		list = append(list, candidate{c.Sources[i].Name, c.Sources[i].Type})
	}
	return list
}

// mostFiles bounds what is offered of one folder.
const mostFiles = 1000

// files are folders and the files of an ending below a path that is being written; an empty ending is any.
func files(path, ending string) []candidate {
	folder, begin := filepath.Split(path)
	where := folder
	if where == "" {
		where = "."
	}
	f, err := os.Open(where)
	if err != nil {
		return nil
	}
	entries, _ := f.ReadDir(mostFiles) // what can be read of it is offered
	_ = f.Close()                      // nothing was written
	var list []candidate
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(begin, ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(where, name))
		switch {
		case err != nil || strings.ContainsAny(name, "\t\n\r"):
		case info.IsDir():
			list = append(list, candidate{folder + name + "/", "folder"})
		case ending == "" || strings.EqualFold(filepath.Ext(name), ending):
			list = append(list, candidate{text: folder + name})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return strings.Compare(a.text, b.text) })
	return list
}

func startingWith(begin string, list []candidate) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool { return !strings.HasPrefix(c.text, begin) })
}

func flagOf(node *kong.Node, name string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			if f.Name == name || slices.Contains(f.Aliases, name) {
				return f
			}
		}
	}
	return nil
}

func childOf(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// firstSentence keeps a help text to what fits beside a word.
func firstSentence(help string) string {
	const most = 80
	text, _, _ := strings.Cut(strings.ReplaceAll(help, "\n", " "), ". ")
	if letters := []rune(text); len(letters) > most {
		text = string(letters[:most-1]) + "…"
	}
	return strings.TrimSuffix(text, ".")
}
