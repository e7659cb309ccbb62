package config

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/auscult/auscult/agent/setting"
)

// unitless finds a duration in a table that is no string: the decoder takes 10 for ten nanoseconds, which nobody means.
func unitless(table map[string]any, t reflect.Type) *setting.Problem {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f, ok := fieldOf(t, key)
		if !ok {
			continue
		}
		switch v := table[key].(type) {
		case string:
		case map[string]any:
			if f.Type.Kind() == reflect.Struct {
				if p := unitless(v, f.Type); p != nil {
					return p.In(key)
				}
			}
		default:
			if f.Type == reflect.TypeFor[Duration]() {
				return setting.Wrong(key, "%v has no unit: write %s", v, withUnit(v))
			}
		}
	}
	return nil
}

// withUnit shows how a number would be written that was meant as seconds.
func withUnit(v any) string {
	switch v.(type) {
	case int64, float64:
		return fmt.Sprintf("\"%vs\" for seconds, or \"500ms\", \"1m30s\", \"2h\"", v)
	}
	return `"500ms", "30s" or "1m30s"`
}

// unitlessIn finds such a duration in a whole text. A text that cannot be read is for others to judge.
func unitlessIn(text []byte) *setting.Problem {
	var all map[string]any
	if toml.Unmarshal(text, &all) != nil {
		return nil
	}
	return unitless(all, reflect.TypeFor[Config]())
}

// byteOrders are what texts begin with that editors save as something else than UTF-8.
var byteOrders = [][]byte{{0xff, 0xfe}, {0xfe, 0xff}}

// plain takes away the mark that some editors put before UTF-8, and refuses other encodings.
func plain(text []byte) ([]byte, *setting.Problem) {
	for _, mark := range byteOrders {
		if bytes.HasPrefix(text, mark) {
			return nil, setting.Wrong("", "the file is UTF-16: save it as UTF-8")
		}
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), nil
}

// outside says that a size is not in its range.
func outside(is, least, most Bytes) string {
	return fmt.Sprintf("%d: must be %d to %d bytes, as \"%v\" to \"%v\"", is, least, most, least, most)
}

// mismatch is what the decoder says of a value of the wrong kind: a kind of TOML, and one of Go.
var mismatch = regexp.MustCompile(`^cannot decode TOML (.+?) into .*type (.+)$`)

// kindsOf are the decoder's names of values, in words that people write.
var kindsOf = map[string]string{
	"string": "a text", "integer": "a whole number", "float": "a number with a fraction", "boolean": "true or false",
	"array": "a list", "table": "a table",
	"datetime": "a date", "local date": "a date", "local time": "a time",
	"local datetime": "a date", "inline table": "a table",
}

// wants say what a field of a kind of Go takes.
var wants = map[string]string{
	"string": `a text in "quotes"`, "bool": "true or false, without quotes",
	"float64": "a number, without quotes", "float32": "a number, without quotes",
	"[]string": `a list of texts: write ["one", "two"]`,
}

// hints say what helps where the decoder only says what it has found.
var hints = []struct{ said, hint string }{
	{"expected newline", `: put a text into "quotes", and each key on a line of its own`},
	{"unicode escape", `: write \\ for each \ of a path, or put the text into 'single quotes'`},
	{"escape", `: write \\ for each \ of a path, or put the text into 'single quotes'`},
	{"invalid UTF-8", ": save the file as UTF-8"},
	{"cannot have new lines", ": its closing quote is missing"},
	{"strings must be quoted", `: write "1h", and not 1h`},
	{"expected '=' after key", ": write KEY = VALUE"},
}

// inTOML says what the decoder does in words of the file, without types of Go.
func inTOML(said string) string {
	said = strings.TrimPrefix(said, "toml: ")
	if m := mismatch.FindStringSubmatch(said); m != nil {
		has, want := kindsOf[m[1]], wants[m[2]]
		switch {
		case want != "":
		case strings.HasPrefix(m[2], "int"), strings.HasPrefix(m[2], "uint"):
			want = "a whole number, without quotes and fraction"
		case strings.HasPrefix(m[2], "[]"):
			want = "a list in [brackets]"
		case strings.HasPrefix(m[2], "map"), strings.Contains(m[2], "."):
			want = "a table"
		default:
			want = "another kind of value"
		}
		if has == "" {
			has = "a value of another kind"
		}
		return has + " stands here, and it takes " + want
	}
	for _, h := range hints {
		if strings.Contains(said, h.said) {
			return said + h.hint
		}
	}
	return said
}
