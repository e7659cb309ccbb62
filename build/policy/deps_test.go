package policy

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// daemonModules are all modules whose code may be in auscultd, with what each
// is for: what runs unattended on a node for years is small and known.
var daemonModules = map[string]string{
	"github.com/eclipse/paho.golang":      "the client for MQTT 5: reason codes, limits of packets",
	"github.com/eclipse/paho.mqtt.golang": "the client for MQTT 3.1.1, and WebSockets",
	"github.com/google/flatbuffers":       "writes models; it comes with the package that reads them",
	"github.com/gorilla/websocket":        "part of the MQTT client: brokers behind web proxies",
	"github.com/pelletier/go-toml/v2":     "reads the configuration, with line numbers in its errors",
	"go.yaml.in/yaml/v3":                  "reads what Raspberry Pi Imager writes on the card for the first boot",
	"golang.org/x/net":                    "part of the MQTT client: proxies; packets of DNS, for brokers in .local",
	"golang.org/x/sync":                   "part of the MQTT client: its semaphore",
	"golang.org/x/sys":                    "system calls and CPU flags",
	"periph.io/x/conn/v3":                 "the words in which sensors are described",
	"periph.io/x/host/v3":                 "finds a board's buses and pins, for accelerometers and the indicator",
}

// checkModules compares the modules of a program with those it may have, both
// ways: an entry that nothing needs any more is taken out.
func checkModules(have []string, allowed map[string]string) (complaints []string) {
	for _, module := range have {
		if allowed[module] == "" {
			complaints = append(complaints, fmt.Sprintf("%s is linked into auscultd, but not in daemonModules with its reason", module))
		}
	}
	for _, module := range slices.Sorted(maps.Keys(allowed)) {
		if !slices.Contains(have, module) {
			complaints = append(complaints, fmt.Sprintf("%s is in daemonModules, but not linked into auscultd", module))
		}
	}
	return complaints
}

// modulesOf asks the go command which modules give code to a package.
func modulesOf(t *testing.T, pkg string) []string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", pkg)
	list.Dir = "../.."
	// What counts is what a node runs, wherever the test runs.
	list.Env = append(list.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	said, err := list.Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v: %s", pkg, err, errorText(err))
	}
	modules := slices.Sorted(strings.FieldsSeq(string(said)))
	return slices.Compact(modules)
}

// errorText returns what a command that failed wrote to its standard error.
func errorText(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return strings.TrimSpace(string(exit.Stderr))
	}
	return ""
}

func TestDaemonModules(t *testing.T) {
	have := modulesOf(t, "./agent/cmd/auscultd")
	t.Logf("auscultd links code of %d modules: %s", len(have), strings.Join(have, " "))
	wantNone(t, checkModules(have, daemonModules))
}

func TestModuleRuleBites(t *testing.T) {
	wantComplaints(t, checkModules([]string{"example.com/known", "example.com/new"}, map[string]string{
		"example.com/known": "needed", "example.com/old": "was needed",
	}), "example.com/new is linked", "example.com/old is in daemonModules")
}

// unlinked are packages that only count what a node would decide, and what they must
// therefore not link, directly or not.
var unlinked = struct {
	packages, denied []string
	why              string
}{
	packages: []string{"agent/setup", "agent/pipeline", "training/replay", "training/falsealarms", "training/evaluate",
		"training/metrics", "training/report/content"},
	denied: []string{
		modulePath + "/agent/config", modulePath + "/agent/spool", modulePath + "/agent/mqtt", modulePath + "/agent/node",
		modulePath + "/hw/alsa",
		"github.com/eclipse/paho.mqtt.golang", "github.com/eclipse/paho.golang", "periph.io/x/host/v3",
	},
	why: "statistics need neither a queue of alerts, nor a broker, nor a sound card",
}

// checkUnlinked returns the packages that are linked and denied.
func checkUnlinked(pkg string, linked []string) (complaints []string) {
	for _, name := range linked {
		if slices.ContainsFunc(unlinked.denied, func(d string) bool { return inFolder(name, d) }) {
			complaints = append(complaints, fmt.Sprintf("%s links %s: %s", pkg, name, unlinked.why))
		}
	}
	return complaints
}

func TestStatisticsLinkLittle(t *testing.T) {
	for _, pkg := range unlinked.packages {
		list := exec.Command("go", "list", "-deps", "./"+pkg)
		list.Dir = "../.."
		said, err := list.Output()
		if err != nil {
			t.Fatalf("go list -deps %s: %v: %s", pkg, err, errorText(err))
		}
		wantNone(t, checkUnlinked(pkg, strings.Fields(string(said))))
	}
	wantComplaints(t, checkUnlinked("training/metrics", []string{"fmt", modulePath + "/agent/spool"}),
		"training/metrics links "+modulePath+"/agent/spool")
}
