package devices

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuses lists the buses of a machine that has one of each, one in use, and
// of one that has none.
func TestBuses(t *testing.T) {
	root := t.TempDir()
	list := func() Found {
		t.Helper()
		found, err := Look(root)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, b := range list().Buses {
		if b.Name != "" || b.Problem == nil || !strings.Contains(b.Problem.Fix, "dtparam="+b.Kind) {
			t.Errorf("a machine without buses has %+v", b)
		}
	}
	for name, content := range map[string]string{
		"dev/i2c-1": "", "dev/spidev0.0": "", "dev/iio:device3": "", "proc/77/comm": "auscultd\n",
		"sys/bus/iio/devices/iio:device3/name":                          "lis2dw12\n",
		"sys/bus/iio/devices/iio:device3/scan_elements/in_accel_x_type": "le:s16/16>>0\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "proc/77/fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/i2c-1", filepath.Join(root, "proc/77/fd/5")); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(list().Buses)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"kind":"i2c","name":"I2C1"`, `"used_by":"auscultd (process 77)"`, `"kind":"spi","name":"SPI0.0"`,
		`"kind":"iio","name":"iio:device3"`, `"text":"lis2dw12, driven by the kernel"`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, b := range list().Buses {
		if b.Problem != nil {
			t.Errorf("%s %s, which can be opened, has %v", b.Kind, b.Name, b.Problem)
		}
	}
	if node := Node("I2C1"); node != "/dev/i2c-1" {
		t.Errorf("I2C1 is %s", node)
	}
	if who := Holder(root, Node("SPI0.0")); who != "" {
		t.Errorf("SPI0.0 is held by %s", who)
	}
}

func TestProblem(t *testing.T) {
	p := Problem{Code: "x", Text: "no bus is switched on"}
	if got := p.String(); got != "no bus is switched on" {
		t.Errorf("%q", got)
	}
	p.Fix = "load the module"
	if got := p.String(); got != "no bus is switched on: load the module" {
		t.Errorf("%q", got)
	}
}
