package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/agent/smallfile"
)

// Error says what is wrong with a configuration, and where.
type Error struct {
	File   string
	Line   int    // from 1; 0 where a key is missing
	Column int    // from 1; 0 where a key is missing
	Key    string // dotted, sources counted from 0: source[1].path
	Text   string // what is wrong and what to write instead
}

// Error returns all of it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("config: " + e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	return b.String() + ": " + e.Text
}

// Limits of a folder of drop-ins.
const (
	maxDropIns    = 32
	maxDirEntries = 1024
)

// DropIns returns the folder beside the file at path whose files add to it: "auscultd.d" to
// "auscultd.toml".
func DropIns(path string) string {
	return strings.TrimSuffix(path, ".toml") + ".d"
}

// Load reads and checks the file at path, and after it those whose names end in ".toml" in its
// folder of drop-ins, by their names in order: a key that is set again counts as it is set last,
// sources are added. Relative paths in all of them become relative to the folder of path. An error
// that is no *Error says that something could not be read, which may yet come.
func Load(path string) (Config, error) {
	text, err := smallfile.Read(path, MaxFile)
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	parts := []part{{path, text}}
	names, err := dropIns(DropIns(path))
	if err != nil {
		return Config{}, err
	}
	for _, name := range names {
		text, err := smallfile.Read(name, MaxFile)
		if err != nil {
			return Config{}, fmt.Errorf("config: %w", err)
		}
		parts = append(parts, part{name, text})
	}
	c, err := join(parts)
	if err != nil {
		return Config{}, err
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	c.anchor(dir)
	return c, nil
}

// dropIns returns the files of a folder of drop-ins, which may be missing. Those whose names
// begin with a dot are an editor's or a half-written one's.
func dropIns(folder string) ([]string, error) {
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	names, err := f.Readdirnames(maxDirEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("config: %w", err)
	}
	if len(names) > maxDirEntries {
		return nil, &Error{File: folder, Text: fmt.Sprintf("holds more than %d files: is this the folder of drop-ins?", maxDirEntries)}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasSuffix(name, ".toml") || strings.HasPrefix(name, ".")
	})
	if len(names) > maxDropIns {
		return nil, &Error{File: folder, Text: fmt.Sprintf("holds %d drop-ins: at most %d", len(names), maxDropIns)}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = filepath.Join(folder, name)
	}
	return names, nil
}

// part is a file of a configuration.
type part struct {
	name string
	text []byte
}

// Parse reads and checks a configuration. Name stands for the file in errors.
func Parse(name string, text []byte) (Config, error) { return join([]part{{name, text}}) }

// join reads and checks a configuration of several files.
func join(parts []part) (c Config, err error) {
	name := parts[0].name
	// The decoder works by reflection on text from anybody: a fault in it must
	// not take the daemon down.
	defer func() {
		if p := recover(); p != nil {
			c, err = Config{}, &Error{File: name, Text: fmt.Sprintf("cannot be read: %v", p)}
		}
	}()
	f := file{Config: Default()}
	var sources []map[string]any
	for i := range parts {
		name, f.Sources = parts[i].name, nil
		if err := f.decode(&parts[i]); err != nil {
			return Config{}, err
		}
		sources = append(sources, f.Sources...)
	}
	f.Sources = sources
	c = f.Config
	var wrong *setting.Problem
	if c.Sources, wrong = f.sources(); wrong == nil {
		wrong = c.check()
	}
	if wrong != nil {
		return Config{}, placed(parts, wrong)
	}
	return c, nil
}

// decode reads one file over what those before it have set.
func (f *file) decode(one *part) error {
	if len(one.text) > MaxFile {
		return &Error{File: one.name, Text: fmt.Sprintf("larger than %d bytes: is this a configuration?", MaxFile)}
	}
	text, wrong := plain(one.text)
	if wrong == nil {
		wrong = unitlessIn(text)
	}
	if one.text = text; wrong != nil {
		return placed([]part{*one}, wrong)
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		p, line, column := explain(reflect.TypeFor[Config](), err)
		return &Error{File: one.name, Line: line, Column: column, Key: setting.OneLine(p.Key), Text: p.Text}
	}
	return nil
}

// placed says where a problem stands.
func placed(parts []part, wrong *setting.Problem) *Error {
	if wrong.Key == "" {
		return &Error{File: parts[0].name, Line: 1, Column: 1, Text: wrong.Text}
	}
	at := newPositions()
	for _, one := range parts {
		at.add(one.name, one.text)
	}
	p := at.find(wrong.Key)
	if p.File == "" { // a key that no file has
		p.File = parts[0].name
	}
	text := wrong.Text
	if wrong.Also != "" {
		also := at.find(wrong.Also)
		where := fmt.Sprintf("line %d", also.Line)
		if also.File != "" && also.File != p.File {
			where = also.File + ", " + where
		}
		text += fmt.Sprintf(" (%s, %s)", wrong.Also, where)
	}
	return &Error{File: p.File, Line: p.Line, Column: p.Column, Key: setting.OneLine(wrong.Key), Text: text}
}

// named is a file that a configuration names.
type named struct {
	key  string
	path *string
}

// reads lists the files that are read.
func (c *Config) reads() []named {
	list := []named{
		{"model", &c.Model}, {"mqtt.password_file", &c.MQTT.PasswordFile}, {"mqtt.tls.ca_file", &c.MQTT.TLS.CAFile},
		{"mqtt.tls.cert_file", &c.MQTT.TLS.CertFile}, {"mqtt.tls.key_file", &c.MQTT.TLS.KeyFile},
	}
	for i := range c.Sources {
		s, in := &c.Sources[i], fmt.Sprintf("source[%d].", i)
		list = append(list, named{in + "model", &s.Model}, named{in + "model_tflite", &s.ModelTFLite},
			named{in + "model_litert", &s.ModelLiteRT}, named{in + "model_edgetpu", &s.ModelEdgeTPU},
			named{in + "model_exec", &s.ModelExec})
		if filed, ok := s.Sensor.(sensor.Filed); ok {
			for _, path := range filed.Paths() {
				list = append(list, named{in + "path", path})
			}
		}
	}
	return list
}

// anchor makes relative paths start from dir.
func (c *Config) anchor(dir string) {
	c.Sources = slices.Clone(c.Sources)
	for _, f := range append(c.reads(), named{"spool.path", &c.Spool.Path}) {
		if p := f.path; *p != "" && !filepath.IsAbs(*p) && !strings.HasPrefix(*p, credentialPrefix) {
			*p = filepath.Join(dir, *p)
		}
	}
}
