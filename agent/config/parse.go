package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
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
	f, err := os.Open(path)
	if err != nil {
		return Config{}, fmt.Errorf("config: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return Config{}, fmt.Errorf("config: %s is not a regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
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
	c = Default()
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, explain(name, err)
	}
	if wrong := c.check(); wrong != nil {
		at := locate(text)
		p := at.find(wrong.key)
		return Config{}, &Error{File: name, Line: p.Line, Column: p.Column, Key: wrong.key, Text: wrong.text}
	}
	return c, nil
}

// explain turns the decoder's error into ours.
func explain(name string, err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		e := &missing.Errors[0]
		line, column := e.Position()
		key := e.Key()
		text := "unknown key"
		if near := nearest(key); near != "" {
			text += fmt.Sprintf(": did you mean %q?", near)
		}
		return &Error{File: name, Line: line, Column: column, Key: oneLine(strings.Join(key, ".")), Text: text}
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, column := wrong.Position()
		return &Error{File: name, Line: line, Column: column, Key: oneLine(strings.Join(wrong.Key(), ".")),
			Text: oneLine(strings.TrimPrefix(wrong.Error(), "toml: "))}
	}
	return &Error{File: name, Text: oneLine(err.Error())}
}

// oneLine keeps what comes from the file from breaking the line.
func oneLine(s string) string {
	const limit = 300
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// nearest returns the known key that is most like the last part of an unknown
// one, in the table where that stands, or "".
func nearest(key []string) string {
	if len(key) == 0 {
		return ""
	}
	t := reflect.TypeFor[Config]()
	for _, part := range key[:len(key)-1] {
		f, ok := fieldOf(t, part)
		if !ok {
			return ""
		}
		if t = f.Type; t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return ""
		}
	}
	word := key[len(key)-1]
	if len(word) > 64 {
		return ""
	}
	best, least := "", max(2, len(word)/3)+1
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("toml")
		if d := distance(word, tag); d < least {
			best, least = tag, d
		}
	}
	return best
}

func fieldOf(t reflect.Type, tag string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("toml") == tag {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// distance counts the letters to insert, delete or replace to get b from a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// anchor makes relative paths start from dir.
func (c *Config) anchor(dir string) {
	paths := []*string{&c.Model, &c.Spool.Path, &c.MQTT.PasswordFile, &c.MQTT.TLS.CAFile, &c.MQTT.TLS.CertFile, &c.MQTT.TLS.KeyFile}
	c.Sources = slices.Clone(c.Sources)
	for i := range c.Sources {
		paths = append(paths, &c.Sources[i].Model, &c.Sources[i].Path)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) && !strings.HasPrefix(*p, credentialPrefix) {
			*p = filepath.Join(dir, *p)
		}
	}
}
