//go:build delegates

package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// These tests need libraries that build/delegates/run fetches and compiles.
var (
	libraries = flag.String("libraries", "", "folder of runtimes: tflite-VERSION.so and litert.so")
	broken    = flag.String("broken", "", "folder of compiled testdata/*.c")
	program   = flag.String("program", "", "the program to start instead of this one, with its first arguments, as in qemu-aarch64-static -L ROOT auscult-delegate")
	python    = flag.String("python", "", "a Python with ai-edge-litert, for the example in it")
	more      = flag.String("models", "", "folder of models beside tflite/testdata, with golden/NAME.in and .xnn.out")
)

// command starts the program.
func command(args ...string) backend.Command {
	c := backend.Command{Path: os.Args[0], Args: args, Rights: &confine.Rights{Hide: []string{"/var/lib"}}}
	if words := strings.Fields(*program); len(words) > 0 {
		c.Path, c.Args = words[0], slices.Concat(words[1:], args)
	}
	if !filepath.IsAbs(c.Path) {
		c.Path, _ = filepath.Abs(c.Path)
	}
	return c
}

// model is one with its golden pair.
type model struct {
	name      string
	job       backend.Job
	in, out   []byte
	reference []byte // what TFLite's reference kernels give, where that is known
}

func models(t testing.TB) []model {
	t.Helper()
	files, _ := filepath.Glob("../../testdata/*_*.tflite")
	if *more != "" {
		others, _ := filepath.Glob(filepath.Join(*more, "*.tflite"))
		files = append(files, others...)
	}
	seen := map[string]bool{}
	var all []model
	for _, file := range files {
		base := strings.TrimSuffix(file, ".tflite")
		name := filepath.Base(base)
		m := model{name: name}
		for _, b := range []string{base, filepath.Join(filepath.Dir(file), "golden", name)} {
			for _, end := range []string{".out", ".xnn.out"} {
				if out, err := os.ReadFile(b + end); err == nil {
					m.out = out
					m.in, _ = os.ReadFile(b + ".in")
					m.reference, _ = os.ReadFile(b + ".ref.out")
				}
			}
		}
		if seen[name] || m.in == nil {
			continue
		}
		seen[name] = true
		data, err := tflite.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		graph, err := tflite.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		it, err := tflite.NewInterpreter(graph, tflite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m.job = backend.Job{Model: data, Inputs: it.Inputs(), Outputs: it.Outputs(), Threads: 1}
		all = append(all, m)
	}
	if len(all) == 0 {
		t.Fatal("no models")
	}
	return all
}

func start(t testing.TB, job backend.Job, args ...string) (*backend.Helper, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h, err := backend.Start(ctx, command(args...), job)
	if err == nil {
		t.Cleanup(h.Close)
	}
	return h, err
}

// infer runs a model's golden input.
func infer(h *backend.Helper, m model) ([]byte, error) {
	copy(h.Input(0), m.in)
	if err := h.Invoke(30 * time.Second); err != nil {
		return nil, err
	}
	out := make([]byte, len(m.out))
	h.Output(0, out)
	return out, nil
}

// backends returns the command line of each runtime that is there.
func backends(t testing.TB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	files, _ := filepath.Glob(filepath.Join(*libraries, "*.so"))
	for _, file := range files {
		file, _ = filepath.Abs(file)
		name := strings.TrimSuffix(filepath.Base(file), ".so")
		kind, _, _ := strings.Cut(name, "-")
		all[name] = []string{"--backend", kind, "--library", file}
	}
	if len(all) == 0 {
		t.Fatal("no libraries: run 'make delegates'")
	}
	return all
}

// TestModels wants the golden bytes of each model from each runtime.
func TestModels(t *testing.T) {
	for name, args := range backends(t) {
		for _, m := range models(t) {
			t.Run(name+"/"+m.name, func(t *testing.T) {
				h, err := start(t, m.job, args...)
				if err != nil {
					t.Fatal(err)
				}
				want := m.out
				// Builds for 32-bit ARM have no XNNPACK, and 2.17's computes one LOGISTIC otherwise: both round some
				// codes to their neighbours.
				if strings.Contains(h.Text(), " 2.17.1 ") && (m.name == "cae_int8" || !strings.Contains(h.Text(), "XNNPACK")) {
					want = nil
				}
				out, err := infer(h, m)
				if err != nil {
					t.Fatal(err)
				}
				if want != nil && !bytes.Equal(out, want) {
					t.Errorf("%d of %d bytes differ from the golden output", differ(out, want), len(want))
				}
				most, few := 1, len(out)/20
				if !strings.Contains(h.Text(), "XNNPACK") && !strings.Contains(h.Text(), "LiteRT") {
					most, few = 2, len(out)/3
				}
				if d := furthest(out, m.out); d > most || differ(out, m.out) > few {
					t.Errorf("%d of %d bytes differ from the golden output, by up to %d", differ(out, m.out), len(out), d)
				}
				u, _ := h.Usage()
				rounds := 300
				if *program != "" {
					rounds = 5 // emulated
				}
				var took []time.Duration
				var way []time.Duration
				for range rounds {
					begin := time.Now()
					if _, err := infer(h, m); err != nil {
						t.Fatal(err)
					}
					way = append(way, time.Since(begin)-h.Took())
					took = append(took, h.Took())
				}
				slices.Sort(took)
				slices.Sort(way)
				t.Logf("%s: %d differ; p50 %v, p99 %v; the way p50 %v, p99 %v; %d MiB, %d files", h.Text(), differ(out, m.out),
					took[rounds/2], took[rounds*99/100], way[rounds/2], way[rounds*99/100], u.ResidentBytes>>20, u.Files)
			})
		}
	}
}

// differ counts the bytes that differ.
func differ(a, b []byte) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// furthest returns the largest difference of two codes.
func furthest(a, b []byte) (most int) {
	for i := range a {
		d := int(int8(a[i])) - int(int8(b[i]))
		most = max(most, d, -d)
	}
	return most
}

// TestPlugin lets an external delegate compute a part of a model, with the same bytes.
func TestPlugin(t *testing.T) {
	if *broken == "" {
		t.Skip("no compiled libraries here")
	}
	plugin, _ := filepath.Abs(filepath.Join(*broken, "delegate.so"))
	for name, args := range backends(t) {
		if !strings.HasPrefix(name, "tflite") {
			continue
		}
		for _, m := range models(t) {
			h, err := start(t, m.job, append(args, "--delegate", plugin+",do=right")...)
			if err != nil {
				t.Fatal(err)
			}
			out, err := infer(h, m)
			if err != nil {
				t.Fatal(err)
			}
			if d := furthest(out, m.out); d > 1 || !strings.Contains(h.Text(), "delegate.so") {
				t.Errorf("%s, %s: %q, a byte is %d from the golden output's", name, m.name, h.Text(), d)
			}
		}
	}
}

// TestExample runs the backend in Python that docs/backend.md speaks of.
func TestExample(t *testing.T) {
	if *python == "" {
		t.Skip("no Python here")
	}
	script, _ := filepath.Abs("../../backend/testdata/example.py")
	for _, m := range models(t) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := backend.Command{Path: *python, Args: []string{script}, Rights: &confine.Rights{MemoryBytes: 1 << 30}}
		h, err := backend.Start(ctx, c, m.job)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		for range 3 {
			out, err := infer(h, m)
			if err != nil {
				t.Fatal(err)
			}
			if n := differ(out, m.out); n > 0 {
				t.Errorf("%s: %d of %d bytes differ", m.name, n, len(out))
			}
		}
		if !strings.Contains(h.Text(), "Python") {
			t.Errorf("says %q", h.Text())
		}
	}
	text, err := os.ReadFile(script)
	if n := bytes.Count(text, []byte("\n")); err != nil || n > 150 {
		t.Errorf("the example has %d lines, %v: nobody reads more than 150", n, err)
	}
	m := models(t)[0]
	m.job.Model = []byte("no model at all")
	c := backend.Command{Path: *python, Args: []string{script}}
	if _, err := backend.Start(t.Context(), c, m.job); err == nil || !strings.Contains(err.Error(), "Error") {
		t.Errorf("a model that is none: %v", err)
	}
}

// misbehaviour is what goes wrong, and how it must end.
type misbehaviour struct {
	name string
	args []string
	// start is what the start's error says; run what that of one of 64 inferences does; neither: nothing fails.
	start, run string
}

// TestBroken meets libraries that are none, are another's, are too old, or fail at each step.
func TestBroken(t *testing.T) {
	if *broken == "" {
		t.Skip("no compiled libraries here")
	}
	folder, _ := filepath.Abs(*broken)
	all, _ := filepath.Abs(*libraries)
	lib := func(name string) []string {
		return []string{"--backend", "tflite", "--library", filepath.Join(folder, name)}
	}
	plugin := func(do string) []string {
		return []string{"--backend", "tflite", "--library", filepath.Join(all, "tflite-2.17.so"), "--delegate",
			filepath.Join(folder, "delegate.so") + ",do=" + do}
	}
	cases := []misbehaviour{
		{"well", lib("runtime-nowhere.so"), "", ""},
		{"no symbols", lib("empty.so"), "TfLiteVersion", ""},
		{"too old", lib("runtime-old.so"), "TfLiteInterpreterOptionsAddDelegate", ""},
		{"too new", lib("runtime-version.so"), `"3.0.0-rc"`, ""},
		{"aborts when opened", lib("runtime-constructor.so"), "SIGABRT: abort", ""},
		{"no model", lib("runtime-model.so"), "for a model", ""},
		{"no interpreter", lib("runtime-interpreter.so"), "cannot run this model", ""},
		{"no memory", lib("runtime-allocate.so"), "allocate", ""},
		{"tensors below none", lib("runtime-count.so"), "-1 tensors", ""},
		{"no tensor", lib("runtime-tensor.so"), "no tensor 0", ""},
		{"another type", lib("runtime-type.so"), "type 1", ""},
		{"another size", lib("runtime-size.so"), "1073741824 bytes", ""},
		{"input refused", lib("runtime-input.so"), "", "input 0: status 4"},
		{"inference fails", lib("runtime-invoke.so"), "", "status 3"},
		{"output refused", lib("runtime-output.so"), "", "output 0: status 5"},
		{"missing", lib("none.so"), "there is no such library", ""},
		{"missing by name", []string{"--backend", "tflite", "--library", "libnothing.so.7"}, "libnothing.so.7", ""},
		{"LiteRT of another kind", []string{"--backend", "litert", "--library", filepath.Join(folder, "runtime-nowhere.so")},
			"LiteRtCreateEnvironment", ""},
		{"no such accelerator", []string{"--backend", "litert", "--library", filepath.Join(all, "litert.so"),
			"--accelerators", "tpu"}, `"tpu"`, ""},
		{"no NPU here", []string{"--backend", "litert", "--library", filepath.Join(all, "litert.so"),
			"--accelerators", "npu"}, "npu", ""},
		{"plugin missing", append(lib("runtime-nowhere.so"), "--delegate", folder+"/none.so"), "no such library", ""},
		{"plugin that is none", append(lib("runtime-nowhere.so"), "--delegate", folder+"/empty.so"),
			"tflite_plugin_create_delegate", ""},
		{"plugin without a device", plugin("null"), "no device found", ""},
		{"plugin with another option", append(lib("runtime-nowhere.so"), "--delegate", folder+"/delegate.so,x=1"),
			"the only option is do", ""},
		{"plugin refuses the node", plugin("refuse"), "cannot", ""},
		{"plugin fails", plugin("error"), "", "TfLiteInterpreterInvoke"},
		{"plugin crashes", plugin("crash"), "", "SIGSEGV: segmentation violation"},
		{"plugin crashes late", plugin("crash-late"), "", "the helper ended"},
		{"plugin aborts", plugin("abort"), "", "SIGABRT: abort"},
		{"plugin exits", plugin("exit"), "", "the helper ended: exit status 0"},
		{"plugin hangs", plugin("hang"), "", "in time"},
		{"plugin spins", plugin("spin"), "", "in time"},
		{"plugin stops the process", plugin("stop"), "", "in time"},
		{"plugin scribbles", plugin("scribble"), "", "the helper ended"},
	}
	m := models(t)[slices.IndexFunc(models(t), func(m model) bool { return m.name == "ad01_int8" })]
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h, err := start(t, m.job, c.args...)
			if !says(err, c.start) {
				t.Fatalf("the start: %v; want %q", err, c.start)
			}
			if err != nil {
				return
			}
			for range 64 {
				copy(h.Input(0), m.in)
				if err = h.Invoke(2 * time.Second); err != nil {
					break
				}
			}
			if !says(err, c.run) {
				t.Errorf("an inference: %v; want %q", err, c.run)
			}
		})
	}
}

// says reports whether an error is what was wanted: one with that text, none for none.
func says(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want))
}

// TestGrowth sees what a library takes and does not give back.
func TestGrowth(t *testing.T) {
	if *broken == "" {
		t.Skip("no compiled libraries here")
	}
	m := models(t)[0]
	all, _ := filepath.Abs(*libraries)
	folder, _ := filepath.Abs(*broken)
	for do, grown := range map[string]func(before, after backend.Usage) bool{
		"leak":  func(b, a backend.Usage) bool { return a.ResidentBytes > b.ResidentBytes+64<<20 },
		"files": func(b, a backend.Usage) bool { return a.Files > b.Files+64 },
	} {
		h, err := start(t, m.job, "--backend", "tflite", "--library", filepath.Join(all, "tflite-2.17.so"), "--delegate",
			filepath.Join(folder, "delegate.so")+",do="+do)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := infer(h, m); err != nil {
			t.Fatal(err)
		}
		before, err := h.Usage()
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := infer(h, m); err != nil {
				t.Fatal(err)
			}
		}
		after, err := h.Usage()
		if err != nil || !grown(before, after) {
			t.Errorf("%s: from %+v to %+v, %v", do, before, after, err)
		}
	}
}
