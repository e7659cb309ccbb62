package config

import (
	"bytes"
	"fmt"
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

// Load reads and checks the file at path. Relative paths in it become relative
// to its folder.
func Load(path string) (Config, error) {
	text, err := smallfile.Read(path, MaxFile)
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	c, err := Parse(path, text)
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

// Parse reads and checks a configuration. Name stands for the file in errors.
func Parse(name string, text []byte) (c Config, err error) {
	if len(text) > MaxFile {
		return Config{}, &Error{File: name, Text: fmt.Sprintf("larger than %d bytes: is this a configuration?", MaxFile)}
	}
	// The decoder works by reflection on text from anybody: a fault in it must
	// not take the daemon down.
	defer func() {
		if p := recover(); p != nil {
			c, err = Config{}, &Error{File: name, Text: fmt.Sprintf("cannot be read: %v", p)}
		}
	}()
	text, wrong := plain(text)
	if wrong == nil {
		wrong = unitlessIn(text)
	}
	if wrong != nil {
		return Config{}, placed(name, text, wrong)
	}
	f := file{Config: Default()}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		p, line, column := explain(reflect.TypeFor[Config](), err)
		return Config{}, &Error{File: name, Line: line, Column: column, Key: setting.OneLine(p.Key), Text: p.Text}
	}
	c = f.Config
	if c.Sources, wrong = f.sources(); wrong == nil {
		wrong = c.check()
	}
	if wrong != nil {
		return Config{}, placed(name, text, wrong)
	}
	return c, nil
}

// placed says where in the text a problem is.
func placed(name string, text []byte, wrong *setting.Problem) *Error {
	e := &Error{File: name, Key: setting.OneLine(wrong.Key), Text: wrong.Text}
	if wrong.Key == "" {
		e.Line, e.Column = 1, 1
		return e
	}
	at := locate(text)
	p := at.find(wrong.Key)
	if wrong.Also != "" {
		e.Text += fmt.Sprintf(" (%s, line %d)", wrong.Also, at.find(wrong.Also).Line)
	}
	e.Line, e.Column = p.Line, p.Column
	return e
}

// anchor makes relative paths start from dir.
func (c *Config) anchor(dir string) {
	paths := []*string{&c.Model, &c.Spool.Path, &c.MQTT.PasswordFile, &c.MQTT.TLS.CAFile, &c.MQTT.TLS.CertFile,
		&c.MQTT.TLS.KeyFile}
	c.Sources = slices.Clone(c.Sources)
	for i := range c.Sources {
		s := &c.Sources[i]
		paths = append(paths, &s.Model, &s.ModelTFLite, &s.ModelLiteRT, &s.ModelEdgeTPU, &s.ModelExec)
		if filed, ok := c.Sources[i].Sensor.(sensor.Filed); ok {
			paths = append(paths, filed.Paths()...)
		}
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) && !strings.HasPrefix(*p, credentialPrefix) {
			*p = filepath.Join(dir, *p)
		}
	}
}
