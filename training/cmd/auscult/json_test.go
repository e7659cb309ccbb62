package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/devices"
	"github.com/auscult/auscult/agent/doctor"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/recorder"
	"github.com/auscult/auscult/training/bench"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/pumptest"
	"github.com/auscult/auscult/training/replay"
	"github.com/auscult/auscult/training/report/content"
)

var update = flag.Bool("update", false, "write docs/json.md and the schemas beside it")

// printout is what a command prints with --json.
type printout struct {
	command, schema, note string
	value                 any
}

// printed is what commands print with --json. Each has one schema, in docs/json.
var printed = []printout{
	{"bench", "bench", "", bench.Report{}},
	{"bench --compare", "bench-compare", "A list, a row for each figure that both have.", []bench.Row{}},
	{"bench --backend", "bench-backend", "A list.", []bench.Delegate{}},
	{"budget", "budget", "", budgetSummary{}},
	{"delegates", "delegates", "", delegatesFound{}},
	{"devices", "devices", "", devices.Found{}},
	{"doctor", "doctor", "", doctor.Report{}},
	{"evaluate", "evaluate", "", evaluation{}},
	{"features", "features", "", featuresSummary{}},
	{"import", "train", "As `train`.", trainSummary{}},
	{"inspect", "inspect", "", inspection{}},
	{"install", "install", "", installSummary{}},
	{"record", "record", "", recorder.Summary{}},
	{"replay", "replay", "", replaySummary{}},
	{"report", "report", "What the page shows; `--format json` writes the same into a file.", content.Study{}},
	{"spool ls", "spool-ls", "A list, the oldest first.", []waitingAlert{}},
	{"spool export", "spool-export", "One object a line, without `--json` too.", waitingAlert{}},
	{"train", "train", "", trainSummary{}},
}

// schemer makes JSON schemas of what encoding/json writes.
type schemer struct {
	named map[string]map[string]any // by name
	types map[string]reflect.Type
	order []string
}

func newSchemer() *schemer {
	return &schemer{named: map[string]map[string]any{}, types: map[string]reflect.Type{}}
}

// special are types that write themselves.
var special = map[reflect.Type]map[string]any{
	reflect.TypeFor[message.Time]():    {"type": "string", "format": "date-time"},
	reflect.TypeFor[time.Time]():       {"type": "string", "format": "date-time"},
	reflect.TypeFor[message.Number]():  {"type": []any{"number", "null"}},
	reflect.TypeFor[replay.Seconds]():  {"type": []any{"number", "null"}},
	reflect.TypeFor[model.Detector]():  {"type": "object"},
	reflect.TypeFor[detect.Part]():     {"type": "object"},
	reflect.TypeFor[json.RawMessage](): {},
}

// of returns the schema of a type.
func (s *schemer) of(t reflect.Type) map[string]any {
	if is, ok := special[t]; ok {
		return is
	}
	if t == reflect.TypeFor[evaluate.Clips]() {
		return s.of(reflect.TypeFor[[]evaluate.Clip]())
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return map[string]any{"type": "string"}
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		panic(fmt.Sprintf("%v writes itself: say how, in special", t))
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(s.of(t.Elem()))
	case reflect.Struct:
		return s.object(t)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			return map[string]any{"type": []any{"string", "null"}}
		}
		return map[string]any{"type": []any{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []any{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	case reflect.Interface:
		return map[string]any{}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	default:
		return map[string]any{"type": "integer"}
	}
}

func orNull(schema map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

// object returns a reference to the schema of a structure, which is made once.
func (s *schemer) object(t reflect.Type) map[string]any {
	if t.Name() == "" {
		return s.fields(t)
	}
	name := nameOf(t)
	if s.named[name] == nil {
		s.named[name] = map[string]any{} // while it is made, of what holds itself
		s.types[name] = t
		s.order = append(s.order, name)
		s.named[name] = s.fields(t)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// nameOf is what a structure is called: its package but for the command's own, and its name.
func nameOf(t reflect.Type) string {
	if name := t.String(); !strings.HasPrefix(name, "main.") {
		return name
	}
	return t.Name()
}

func (s *schemer) fields(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, f := range fieldsOf(t) {
		properties[f.name] = s.of(f.of)
		if !f.mayMiss {
			required = append(required, f.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

// jsonField is a field as it is printed.
type jsonField struct {
	name    string
	of      reflect.Type
	mayMiss bool
	in      reflect.Type // the structure that declares it
	inGo    string
}

func fieldsOf(t reflect.Type) (all []jsonField) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			for _, g := range fieldsOf(inner) {
				g.mayMiss = g.mayMiss || f.Type.Kind() == reflect.Pointer && strings.Contains(options, "omitempty")
				all = slices.DeleteFunc(all, func(have jsonField) bool { return have.name == g.name })
				all = append(all, g)
			}
			continue
		case !f.IsExported():
			continue
		case name == "" || !tagged:
			name = f.Name
		}
		all = slices.DeleteFunc(all, func(have jsonField) bool { return have.name == name }) // an embedded one's
		all = append(all, jsonField{name, f.Type, strings.Contains(options, "omit"), t, f.Name})
	}
	return all
}

// schemaOf returns a whole schema, and what it was made by.
func schemaOf(title string, value any) (map[string]any, *schemer) {
	s := newSchemer()
	root := s.of(reflect.TypeOf(value))
	whole := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "$defs": s.named}
	for k, v := range root {
		whole[k] = v
	}
	return whole, s
}

// check says where a value is not as a schema has it. It knows what schemer writes.
func check(at string, schema, defs map[string]any, value any) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return check(at, defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), defs, value)
	}
	if either, ok := schema["anyOf"].([]any); ok {
		if value == nil {
			return nil
		}
		return check(at, either[0].(map[string]any), defs, value)
	}
	if kinds, ok := schema["type"]; ok && !slices.Contains(kindsOf(kinds), kindOf(value)) &&
		!(kindOf(value) == "integer" && slices.Contains(kindsOf(kinds), "number")) {
		return []string{fmt.Sprintf("%s is %v, not %v", at, value, kinds)}
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			wrong = append(wrong, check(fmt.Sprintf("%s[%d]", at, i), items, defs, item)...)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for name, inner := range v {
			of, known := properties[name].(map[string]any)
			if more, ok := schema["additionalProperties"].(map[string]any); ok {
				of, known = more, true
			}
			switch {
			case known:
				wrong = append(wrong, check(at+"."+name, of, defs, inner)...)
			case schema["properties"] != nil: // for others there may be more, here all must be known
				wrong = append(wrong, fmt.Sprintf("%s.%s is not in the schema", at, name))
			}
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				wrong = append(wrong, fmt.Sprintf("%s.%s is missing", at, name))
			}
		}
	}
	return wrong
}

func kindsOf(kinds any) []string {
	if one, ok := kinds.(string); ok {
		return []string{one}
	}
	var all []string
	for _, k := range kinds.([]any) {
		all = append(all, k.(string))
	}
	return all
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// commentsOf reads what the source says of a structure's fields, by their names.
func commentsOf(t *testing.T, of reflect.Type) map[string]string {
	t.Helper()
	const module = "github.com/auscult/auscult/"
	dir := "."
	if of.PkgPath() != "main" && strings.HasPrefix(of.PkgPath(), module) {
		dir = filepath.Join("../../..", strings.TrimPrefix(of.PkgPath(), module))
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != of.Name() {
				return true
			}
			if body, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range body.Fields.List {
					text := strings.TrimSpace(f.Doc.Text() + " " + f.Comment.Text())
					for _, n := range f.Names {
						found[n.Name] = strings.Join(strings.Fields(text), " ")
					}
				}
			}
			return false
		})
	}
	return found
}

// typeText writes a schema for people.
func typeText(schema map[string]any) string {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(strings.ReplaceAll(name, ".", "")))
	}
	if either, ok := schema["anyOf"].([]any); ok {
		return typeText(either[0].(map[string]any)) + " or null"
	}
	kinds := schema["type"]
	if kinds == nil {
		return "anything"
	}
	text := strings.Join(kindsOf(kinds), " or ")
	if items, ok := schema["items"].(map[string]any); ok {
		return strings.Replace(text, "array", "list of "+typeText(items), 1)
	}
	if more, ok := schema["additionalProperties"].(map[string]any); ok {
		return strings.Replace(text, "object", "object of "+typeText(more), 1)
	}
	return text
}

// jsonPage is docs/json.md.
func jsonPage(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# What commands print as JSON

With ` + "`--json`" + ` a command prints one JSON value to the standard output, for programs; progress, notes and
errors go to the standard error. Fields may become more, and keep their names and meaning. What may be missing is
left out where there is nothing to say. This page and the schemas (JSON Schema 2020-12) are made from the code, and a
test holds what the commands print against them.

| command | schema | prints |
|---|---|---|
`)
	all := newSchemer()
	for _, p := range printed {
		is := all.of(reflect.TypeOf(p.value))
		text := strings.TrimSuffix(fmt.Sprintf("%s. %s", strings.TrimSuffix(typeText(is), " or null"), p.note), " ")
		fmt.Fprintf(&b, "| `auscult %s` | [%s](json/%[2]s.json) | %s |\n", p.command, p.schema, text)
	}
	names := slices.Clone(all.order)
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n| field | type | may miss | |\n|---|---|---|---|\n", name)
		comments := map[reflect.Type]map[string]string{}
		for _, f := range fieldsOf(all.types[name]) {
			if comments[f.in] == nil {
				comments[f.in] = commentsOf(t, f.in)
			}
			miss := ""
			if f.mayMiss {
				miss = "yes"
			}
			is := all.named[name]["properties"].(map[string]any)[f.name].(map[string]any)
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, typeText(is), miss, cell(comments[f.in][f.inGo]))
		}
	}
	return b.String()
}

// TestJSONPage holds docs/json.md and the schemas to the code: go test ./training/cmd/auscult -run JSONPage -update
// writes them, as make pages does. Every command with --json is there.
func TestJSONPage(t *testing.T) {
	const docs = "../../../docs"
	same := func(name, want string) {
		if *update {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is not what the code says (%v): write it anew by -update", name, err)
		}
	}
	same(filepath.Join(docs, "json.md"), jsonPage(t))
	for _, p := range printed {
		schema, _ := schemaOf("auscult "+p.command, p.value)
		if p.command == "import" {
			continue // train's
		}
		text, err := json.MarshalIndent(schema, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		same(filepath.Join(docs, "json", p.schema+".json"), string(text)+"\n")
	}
	noStrangers(t, filepath.Join(docs, "json"))
	var cli commands
	options := append(values(), kong.Name("auscult"), kong.Vars{"version": ""}, defaults(), choices())
	parser, err := kong.New(&cli, options...)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range parser.Model.Leaves(false) {
		name := strings.TrimPrefix(commandName(node), "auscult ")
		has := slices.ContainsFunc(printed, func(p printout) bool {
			return p.command == name
		})
		if hasFlag(node, "json") && !has {
			t.Errorf("%s has --json and no schema", name)
		}
	}
}

// noStrangers removes schemas that no command has any longer, or names them.
func noStrangers(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		known := slices.ContainsFunc(printed, func(p printout) bool {
			return p.schema+".json" == file.Name()
		})
		switch {
		case known:
		case *update:
			if err := os.Remove(filepath.Join(folder, file.Name())); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("docs/json/%s is no command's: write the pages anew by -update", file.Name())
		}
	}
}

// TestJSONIsAsItsSchema runs commands and holds what they print against their schemas.
func TestJSONIsAsItsSchema(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, filepath.Join(dir, "pump"), 1, 10, 2, 2.5)
	pumptest.Folder(t, filepath.Join(dir, "more"), 50, 4, 0, 9)
	t.Chdir(dir)
	const node = "model = \"state.tflite\"\n[[source]]\nname = \"pump\"\ntype = \"sim\"\n"
	for name, text := range map[string]string{"node.toml": node} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ schema, line string }{
		{"train", "train --model dense --epochs 1 --data pump --out m.tflite --json"},
		{"inspect", "inspect --json m.tflite"},
		{"install", "install --json --no-start --config node.toml m.tflite"},
		{"features", "features --json pump/normal/001.wav f.npy"},
		{"evaluate", "evaluate --json --model m.tflite --data pump"},
		{"evaluate", "evaluate --json --model m.tflite --against m.tflite --data pump"},
		{"replay", "replay --json --scores --model m.tflite pump/abnormal"},
		{"report", "report --json --quick --model m.tflite --data pump --out page.html"},
		{"budget", "budget --json --per-month 1 --model m.tflite --data more"},
		{"record", "record --json --device sim --duration 200ms r.wav"},
		{"devices", "devices --json --root empty"},
		{"doctor", "doctor --json --listen 0s --config node.toml --root empty"},
		{"delegates", "delegates --json --root empty"},
		{"bench", "bench --json --duration 20ms m.tflite"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), strings.Fields(c.line), streams{strings.NewReader(""), &out, &errs})
		if code != exitOK && c.schema != "doctor" { // which finds no broker
			t.Errorf("auscult %s: exit status %d: %s", c.line, code, errs.String())
			continue
		}
		if c.schema == "bench" {
			if err := os.WriteFile("bench.json", out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		asSchema(t, c.line, c.schema, out.Bytes())
	}
	var out, errs bytes.Buffer
	compare := []string{"bench", "--json", "--compare", "bench.json", "bench.json"}
	if code := run(t.Context(), compare, streams{strings.NewReader(""), &out, &errs}); code != exitOK {
		t.Fatalf("%v: %s", compare, errs.String())
	}
	asSchema(t, "bench --compare", "bench-compare", out.Bytes())
}

// asSchema fails where a text is not as the schema of that name has it.
func asSchema(t *testing.T, line, name string, text []byte) {
	t.Helper()
	for _, p := range printed {
		if p.schema != name {
			continue
		}
		schema, s := schemaOf("", p.value)
		defs := map[string]any{}
		for name, of := range s.named {
			defs[name] = of
		}
		var value any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			t.Errorf("auscult %s: %v: %.200s", line, err, text)
			return
		}
		for _, wrong := range check("", schema, defs, value) {
			t.Errorf("auscult %s: %s", line, wrong)
		}
		return
	}
	t.Errorf("there is no schema %q", name)
}
