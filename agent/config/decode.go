package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setting"
)

// file is what a configuration's text decodes to at first: which keys a source may have
// is known only when its type is.
type file struct {
	Config
	Sources []map[string]any `toml:"source"`
}

// sources decodes the tables of sources, each strictly by the kind of its sensor.
func (f *file) sources() ([]Source, *setting.Problem) {
	if len(f.Sources) > MaxSources {
		return nil, setting.Wrong("source", "%d sources: at most %d", len(f.Sources), MaxSources)
	}
	var list []Source
	for i, table := range f.Sources {
		s, p := decodeSource(table)
		if p != nil {
			return nil, p.In(fmt.Sprintf("source[%d]", i))
		}
		list = append(list, s)
	}
	return list, nil
}

func decodeSource(table map[string]any) (s Source, p *setting.Problem) {
	common, own := split(table, reflect.TypeFor[Source]())
	// Decoded one by one, so that what is wrong in one is found where it stands.
	conditions, _ := common["condition"].([]any)
	if conditions != nil {
		delete(common, "condition")
	}
	if p := decodeTable(common, &s); p != nil {
		return s, p
	}
	for i, c := range conditions {
		table, ok := c.(map[string]any)
		if !ok {
			return s, setting.Wrong("condition", "must be a table: write [[source.condition]]")
		}
		s.Conditions = append(s.Conditions, Condition{})
		if p := decodeTable(table, &s.Conditions[i]); p != nil {
			return s, p.In(fmt.Sprintf("condition[%d]", i))
		}
	}
	kind, ok := sensor.Kinds().Find(s.Type)
	if !ok {
		if p := misspelt(own); p != nil && s.Type == "" {
			return s, p // it is often the type's own key
		}
		// Who has no name has worse to mend.
		if !setting.IsName(s.Name) {
			return s, setting.Wrong("name", "%q: %s", s.Name, setting.NameRule)
		}
		return s, setting.Wrong("type", "%q: write %s", s.Type, setting.Alternatives(sensor.Kinds().Names()))
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if !slices.Contains(kind.Keys(), key) {
			return s, setting.Wrong(key, "%s", foreign(kind, key))
		}
	}
	s.Sensor = kind.New()
	return s, decodeTable(own, s.Sensor)
}

// split parts a table by whether a struct has a field for the key.
func split(table map[string]any, t reflect.Type) (has, hasNot map[string]any) {
	has, hasNot = map[string]any{}, map[string]any{}
	for key, value := range table {
		if _, ok := fieldOf(t, key); ok {
			has[key] = value
		} else {
			hasNot[key] = value
		}
	}
	return has, hasNot
}

// misspelt finds a key that no kind of source has, and that is like one that they have.
func misspelt(own map[string]any) *setting.Problem {
	known := tags(reflect.TypeFor[Source]())
	for _, name := range sensor.Kinds().Names() {
		kind, _ := sensor.Kinds().Find(name)
		known = append(known, kind.Keys()...)
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if near := closest(key, known); near != "" && near != key {
			return setting.Wrong(key, "unknown key: did you mean %q?", near)
		}
	}
	return nil
}

// foreign says why a kind of sensor does not take a key.
func foreign(kind sensor.Kind, key string) string {
	if owners := sensor.Kinds().Owners(key); len(owners) > 0 {
		return fmt.Sprintf("a source of type %q has no such key: it belongs to type %s", kind.Name, setting.Alternatives(owners))
	}
	if near := closest(key, append(tags(reflect.TypeFor[Source]()), kind.Keys()...)); near != "" {
		return fmt.Sprintf("unknown key: did you mean %q?", near)
	}
	return "unknown key"
}

// decodeTable decodes a table, once more and now strictly, into a pointer to a struct.
func decodeTable(table map[string]any, into any) *setting.Problem {
	if p := unitless(table, reflect.TypeOf(into).Elem()); p != nil {
		return p
	}
	text, err := toml.Marshal(table)
	if err != nil {
		return setting.Wrong("", "%v", err)
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		p, _, _ := explain(reflect.TypeOf(into).Elem(), err)
		return p
	}
	return nil
}

// explain turns the decoder's error for a table of type t into ours, and says where in the
// text it is; at 0 where that is not known.
func explain(t reflect.Type, err error) (p *setting.Problem, line, column int) {
	var missing *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &missing) && len(missing.Errors) > 0:
		e := &missing.Errors[0]
		line, column = e.Position()
		return setting.Wrong(strings.Join(e.Key(), "."), "%s", unknownKey(t, e.Key())), line, column
	case errors.As(err, &wrong):
		line, column = wrong.Position()
		return setting.Wrong(strings.Join(wrong.Key(), "."), "%s", inTOML(wrong.Error())), line, column
	}
	return setting.Wrong("", "%s", inTOML(err.Error())), 0, 0
}

// unknownKey says that a table of type t has no such key, and which it has that is like it.
func unknownKey(t reflect.Type, key []string) string {
	if near := nearest(t, key); near != "" {
		return fmt.Sprintf("unknown key: did you mean %q?", near)
	}
	return "unknown key"
}

// nearest returns the known key that is most like the last part of an unknown
// one, in the table below t where that stands, or "".
func nearest(t reflect.Type, key []string) string {
	if len(key) == 0 {
		return ""
	}
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
	known := tags(t)
	if t == reflect.TypeFor[Config]() {
		known = append(known, "source")
	}
	return closest(key[len(key)-1], known)
}

func fieldOf(t reflect.Type, tag string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("toml") == tag {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// tags returns the keys of a table.
func tags(t reflect.Type) []string {
	var all []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("toml"); tag != "-" {
			all = append(all, tag)
		}
	}
	return all
}

// closest returns the word of a list that is most like another, "" when none is.
func closest(word string, list []string) string {
	const longest = 64
	if len(word) > longest {
		return ""
	}
	best, least := "", max(2, len(word)/3)+1
	for _, known := range list {
		if d := setting.Distance(word, known); d < least {
			best, least = known, d
		}
	}
	return best
}
