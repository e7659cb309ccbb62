package policy

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// importRule says what the packages in a folder and below it may import,
// besides the standard library and their own storey. A rule for a folder inside
// another adds to that one's; a folder without a rule may import nothing.
type importRule struct {
	folder      string
	inside      []string // folders of this module
	modules     []string // third-party packages, with all below them
	testModules []string // third-party packages for tests only
	byDesign    bool     // the modules are what the architecture gives this room, used yet or not
	why         string
}

// importRules are the three storeys of design, and who keeps which door.
var importRules = []importRule{
	{
		folder:      "dsp",
		modules:     []string{"golang.org/x/sys/cpu"},
		testModules: []string{"github.com/mjibson/go-dsp"},
		byDesign:    true,
		why:         "ground floor: arithmetic without an outside world; float libraries only check it",
	},
	{
		folder:   "tflite",
		modules:  []string{"golang.org/x/sys/cpu", "github.com/google/flatbuffers/go"},
		byDesign: true,
		why:      "ground floor: a runtime knows nothing of sound, and every dependency is one more on a node",
	},
	{
		folder:  "tflite/backend",
		modules: []string{"golang.org/x/sys/unix"},
		why:     "a helper's memory, limits and end are system calls; libraries are opened by the helper's program only",
	},
	{
		folder:  "tflite/backend/library",
		modules: []string{"github.com/ebitengine/purego"},
		why:     "one package opens shared libraries, and only auscult-delegate links it: it makes a program dynamic",
	},
	{
		folder:   "hw",
		modules:  []string{"periph.io/x/conn/v3", "periph.io/x/host/v3", "golang.org/x/sys"},
		byDesign: true,
		why:      "ground floor: devices in periph's words, without knowing what their samples are for",
	},
	{
		folder: "systemd",
		why:    "ground floor: a datagram and two environment variables need no library",
	},
	{
		folder:      "agent",
		inside:      []string{"dsp", "tflite", "hw", "systemd"},
		modules:     []string{"golang.org/x/sys"},
		testModules: []string{"github.com/mochi-mqtt/server/v2"},
		why:         "the node must not know the tool: a trainer that fails cannot take the guard down",
	},
	{
		folder:  "agent/sensor",
		modules: []string{"periph.io/x/conn/v3"},
		why:     "sensors are opened by the names in periph's registries, in its units",
	},
	{
		folder:      "agent/doctor",
		testModules: []string{"periph.io/x/conn/v3"},
		why:         "a test has it listen to a simulated chip",
	},
	{
		folder:      "agent/node",
		testModules: []string{"periph.io/x/conn/v3"},
		why:         "a test looks at the indicator's pin",
	},
	{
		folder:  "agent/mqtt",
		modules: []string{"github.com/eclipse/paho.mqtt.golang", "github.com/eclipse/paho.golang"},
		why:     "one package speaks to the broker, so only it knows the clients",
	},
	{
		folder:  "agent/mqtt/localname",
		modules: []string{"golang.org/x/net/dns/dnsmessage"},
		why:     "names in .local are asked for in packets of DNS; the Go project keeps the code for these, and it is in the build already",
	},
	{
		folder:  "agent/config",
		modules: []string{"github.com/pelletier/go-toml/v2"},
		why:     "one package reads the configuration, so only it knows the format",
	},
	{
		folder:  "agent/firstboot/imager",
		modules: []string{"github.com/pelletier/go-toml/v2", "go.yaml.in/yaml/v3"},
		why:     "files for other systems' first boot come in these two formats",
	},
	{
		folder:  "training",
		inside:  []string{"dsp", "tflite", "hw", "systemd", "agent"},
		modules: []string{"gonum.org/v1/gonum", "gonum.org/v1/plot"},
		// A page is read by a parser and commands by scripts, not by looking for strings.
		testModules: []string{"golang.org/x/net", "github.com/rogpeppe/go-internal"},
		why:         "the tool runs the node's own code, so that what it reports is what the node does",
	},
	{
		folder:  "training/report/content",
		modules: []string{"github.com/mjibson/go-dsp/spectral"},
		why:     "spectra in floating point are for people's eyes: Welch's estimate there equals SciPy's, and no score rests on it",
	},
	{
		folder: "training/recording",
		modules: []string{"github.com/mewkiz/flac", "github.com/hajimehoshi/go-mp3", "github.com/jfreymuth/vorbis",
			"github.com/pion/opus"},
		why: "one package reads recordings of every container, so only it knows their decoders",
	},
	{
		folder:  "training/recording/parquet",
		modules: []string{"github.com/klauspost/compress/snappy", "github.com/klauspost/compress/zstd"},
		why:     "pages of Parquet files are packed by these, which the standard library has not",
	},
	{
		folder:  "training/recording/delimited",
		modules: []string{"golang.org/x/text/encoding", "golang.org/x/text/transform"},
		why:     "tables come in UTF-16 and Latin-1; the Go project keeps the tables of both",
	},
	{
		folder:  "training/foreign/onnx",
		modules: []string{"google.golang.org/protobuf"},
		why:     "ONNX models are protocol buffers",
	},
	{
		folder:  "build/release",
		modules: []string{"aead.dev/minisign", "github.com/google/go-containerregistry", "github.com/goreleaser/nfpm/v2"},
		why:     "what is handed out is packed and signed by a module of its own, which no program of ours links",
	},
	{
		folder:  "training/tensorflow",
		modules: []string{"github.com/tensorflow/tensorflow/tensorflow/go"},
		why:     "a module of its own, so that nobody else pays for TensorFlow",
	},
	{
		folder:  "training/tensorflow/savedmodel",
		modules: []string{"google.golang.org/protobuf/proto"},
		why:     "graphs are protocol buffers",
	},
	{
		folder: "training/cmd",
		modules: []string{"github.com/alecthomas/kong", "github.com/vbauerster/mpb/v8", "golang.org/x/term",
			"golang.org/x/sys/unix", "github.com/mochi-mqtt/server/v2", "github.com/eclipse/paho.mqtt.golang"},
		why: "terminal, pipes, command line, and the demo's broker and subscriber are the command's, not its libraries'",
	},
	{
		folder: "build/oracle",
		inside: []string{"dsp", "tflite", "hw", "agent", "training"},
		why:    "makes the inputs that an oracle answers; nobody imports it",
	},
	{
		folder:   "build/guest/tests",
		inside:   []string{"hw", "agent"},
		modules:  []string{"golang.org/x/sys", "periph.io/x/conn/v3", "periph.io/x/host/v3"},
		byDesign: true,
		why:      "drives the sources, and the node with them, on a real kernel; nobody imports it",
	},
	{
		folder: "build/bench",
		inside: []string{"agent", "dsp", "hw", "tflite", "training"}, // agent to read models, hw to write recordings
		// A process's own time; a subscriber; a baseline's covariance.
		modules: []string{"golang.org/x/sys", "github.com/eclipse/paho.mqtt.golang", "gonum.org/v1/gonum"},
		why:     "measures beside other programs; nobody imports it",
	},
	{
		folder:  "build/torture",
		inside:  []string{"agent", "dsp", "hw", "tflite"}, // a node with another clock, and what it hears
		modules: []string{"github.com/eclipse/paho.mqtt.golang", "golang.org/x/sys"},
		why:     "starts daemons and brokers and counts what arrives; nobody imports it",
	},
	{
		folder: "build/mutate",
		why:    "changes code and runs tests: the standard library does both",
	},
	{
		folder: "build/policy",
		why:    "the rules need only the standard library",
	},
}

// stdRules name packages of the standard library that are not for everybody.
var stdRules = []struct {
	name    string
	folders []string // who may import it all the same
	tests   bool     // whether every test may
	why     string
}{
	{"C", nil, false, "both programs are static and cross-compile without a C compiler"},
	{"log", nil, true, "libraries return errors; what logs is given a *slog.Logger"},
	{"math/rand", nil, false, "math/rand/v2 has better generators and no global seed"},
	{"os/exec", []string{"agent/cmd", "training/cmd", "training/external", "build/bench/agent", "build/bench/memory", "build/mutate", "build/torture"}, true, "only commands, and the package that hands trainings to one, start processes"},
	{"plugin", nil, false, "a plugin needs cgo and binds to one build of the program"},
	{"testing", nil, true, "test code does not belong into the programs"},
	{"net/http/pprof", nil, false, "it opens the node's memory to whoever reaches its port"},
}

// rulesFor returns the rules whose folders hold folder, outer ones first.
func rulesFor(rules []importRule, folder string) []importRule {
	var found []importRule
	for _, rule := range rules {
		if inFolder(folder, rule.folder) {
			found = append(found, rule)
		}
	}
	slices.SortStableFunc(found, func(a, b importRule) int { return len(a.folder) - len(b.folder) })
	return found
}

// isTestFolder says whether a folder holds what tests share, and so counts as a
// test itself: dsptest, i2stest and the like. A self-test is what a sensor does.
func isTestFolder(folder string) bool {
	return strings.HasSuffix(folder, "test") && path.Base(folder) != "selftest"
}

// complainAboutImport returns why a file in folder may not import name, or "".
func complainAboutImport(rules []importRule, folder string, isTest bool, name string) string {
	isTest = isTest || isTestFolder(folder)
	for _, std := range stdRules {
		mayAnyway := std.tests && isTest || slices.ContainsFunc(std.folders,
			func(f string) bool { return inFolder(folder, f) })
		if name == std.name && !mayAnyway {
			return std.why
		}
	}
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") {
		return ""
	}
	found := rulesFor(rules, folder)
	if len(found) == 0 {
		return "no rule names this folder: add one to importRules, with its reason"
	}
	storey, _, _ := strings.Cut(folder, "/")
	target, isInside := strings.CutPrefix(name, modulePath+"/")
	// Oracles and benchmarks are run beside the tests, and no program has them.
	beside := inFolder(folder, "build/oracle") || inFolder(folder, "build/bench")
	if isInside && isTestFolder(target) && !isTest && !beside {
		return "what tests share does not belong into the programs"
	}
	for _, rule := range found {
		allowed := rule.modules
		switch {
		case isInside:
			allowed = append([]string{storey}, rule.inside...)
		case isTest:
			allowed = slices.Concat(rule.modules, rule.testModules)
		}
		if slices.ContainsFunc(allowed, func(prefix string) bool { return inFolder(target, prefix) }) {
			return ""
		}
	}
	return found[0].why
}

// checkImports applies the rules to every import of every file.
func checkImports(rules []importRule, sources []source) (complaints []string) {
	for _, s := range sources {
		if s.file == nil {
			continue
		}
		for _, spec := range s.file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				complaints = append(complaints, fmt.Sprintf("%s: import %s: %v", s.path, spec.Path.Value, err))
				continue
			}
			if why := complainAboutImport(rules, s.folder(), s.isTest(), name); why != "" {
				complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", s.path, name, why))
			}
		}
	}
	return complaints
}

// unusedModules returns the third-party entries that no file makes use of: an
// open door that nobody goes through is closed again.
func unusedModules(rules []importRule, sources []source) (complaints []string) {
	used := make(map[string]bool)
	for _, s := range sources {
		if s.file == nil {
			continue
		}
		for _, spec := range s.file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value) // checkImports complains about one that is not quoted
			for _, rule := range rulesFor(rules, s.folder()) {
				for _, module := range slices.Concat(rule.modules, rule.testModules) {
					if inFolder(name, module) {
						used[rule.folder+" "+module] = true
					}
				}
			}
		}
	}
	for _, rule := range rules {
		if rule.byDesign {
			continue
		}
		for _, module := range slices.Concat(rule.modules, rule.testModules) {
			if !used[rule.folder+" "+module] {
				complaints = append(complaints, fmt.Sprintf("importRules: %s may import %s, but does not", rule.folder, module))
			}
		}
	}
	return complaints
}

func TestImports(t *testing.T) {
	wantNone(t, checkImports(importRules, allSources(t)))
	wantNone(t, unusedModules(importRules, allSources(t)))
}

func TestEveryRuleHasAReason(t *testing.T) {
	for _, rule := range importRules {
		if rule.why == "" {
			t.Errorf("importRules: %s has no reason", rule.folder)
		}
	}
	for _, rule := range stdRules {
		if rule.why == "" {
			t.Errorf("stdRules: %s has no reason", rule.name)
		}
	}
}

func TestImportRulesBite(t *testing.T) {
	inside := func(folder string) string { return modulePath + "/" + folder }
	for _, c := range []struct {
		folder, name string
		isTest       bool
		allowed      bool
	}{
		{"agent/pipeline", inside("training/metrics"), false, false},
		{"agent/pipeline", inside("training/metrics"), true, false},
		{"agent/cmd/auscultd", inside("training"), false, false},
		{"training/metrics", inside("agent/pipeline"), false, true},
		{"agent/pipeline", inside("dsp"), false, true},
		{"agent/pipeline", inside("build/policy"), true, false},
		{"dsp", inside("hw"), false, false},
		{"dsp/mel", inside("dsp/fft"), false, true},
		{"hw/wav", inside("dsp"), false, false},
		{"hw/wav", inside("tflite"), true, false},
		{"tflite/schema", inside("dsp"), false, false},
		{"systemd", inside("agent"), false, false},
		{"dsptools", inside("dsp"), false, false},
		{"dsp", "fmt", false, true},
		{"dsp", "github.com/mjibson/go-dsp/fft", false, false},
		{"dsp", "github.com/mjibson/go-dsp/fft", true, true},
		{"dsp", "golang.org/x/sys/unix", false, false},
		{"tflite", "github.com/google/flatbuffers/go", false, true},
		{"tflite", "github.com/google/flatbuffersevil", false, false},
		{"agent/spool", "example.com/store", false, false},
		{"agent/spool", inside("dsp"), false, true},
		{"training/network", "github.com/alecthomas/kong", false, false},
		{"docs", inside("dsp"), false, false},
		{"agent/pipeline", "github.com/eclipse/paho.mqtt.golang", false, false},
		{"agent/pipeline", "github.com/mochi-mqtt/server/v2", false, false},
		{"agent/pipeline", "github.com/mochi-mqtt/server/v2", true, true},
		{"dsp", "C", true, false},
		{"hw/alsa", "C", false, false},
		{"training/dataset", "os/exec", false, false},
		{"training/dataset", "os/exec", true, true},
		{"training/cmd/auscult", "os/exec", false, true},
		{"training/network", "math/rand", false, false},
		{"training/network", "math/rand/v2", false, true},
		{"agent/mqtt", "log", false, false},
		{"agent/mqtt", "log", true, true},
		{"agent/mqtt", "log/slog", false, true},
		{"agent/mqtt", "testing", false, false},
		{"agent/mqtt", "testing", true, true},
		{"hw/hwtest", "testing", false, true},
		{"hw/hwtest", inside("hw"), false, true},
		{"hw/hwtest", inside("dsp"), false, false},
		{"hw/wav", inside("hw/hwtest"), false, false},
		{"hw/wav", inside("hw/hwtest"), true, true},
		{"hw/accel", inside("hw/accel/selftest"), false, true},
		{"build/oracle/tflite", inside("tflite/tflitetest"), false, true},
		{"build/bench/runtime/layers", inside("tflite/tflitetest"), false, true},
	} {
		why := complainAboutImport(importRules, c.folder, c.isTest, c.name)
		if (why == "") != c.allowed {
			t.Errorf("%s imports %s (test: %t): complaint %q, want allowed %t", c.folder, c.name, c.isTest, why, c.allowed)
		}
	}

	bad := sample(t, "agent/x/x.go",
		"package x\n\nimport (\n\t\"fmt\"\n\t_ \""+inside("training")+"\"\n)\n\nvar _ = fmt.Sprint\n")
	wantComplaints(t, checkImports(importRules, []source{bad}), "agent/x/x.go imports "+inside("training"))
	stale := []importRule{{folder: "agent", modules: []string{"example.com/a"}, testModules: []string{"example.com/b"}}}
	wantComplaints(t, unusedModules(stale, []source{bad}), "example.com/a", "example.com/b")
}
