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

// TestMicrophones finds a card whose device node is no device: it is shown with what is
// wrong.
func TestMicrophones(t *testing.T) {
	root := t.TempDir()
	found, err := Look(root)
	if err != nil || len(found.Microphones) != 0 || found.Problem == nil {
		t.Fatalf("a machine without sound has %+v, %v", found, err)
	}
	for name, content := range map[string]string{
		"proc/asound/cards": " 2 [Microphone     ]: USB-Audio - Logitech USB Microphone\n" +
			"                      Logitech Logitech USB Microphone at usb-0000:01:00.0-1.3, full speed\n",
		"proc/asound/card2/id":         "Microphone\n",
		"proc/asound/card2/pcm0c/info": "card: 2\ndevice: 0\nsubdevice: 0\nstream: CAPTURE\nid: USB Audio\nname: USB Audio\n",
		"dev/snd/pcmC2D0c":             "",
		"dev/snd/controlC2":            "",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if found, err = Look(root); err != nil || len(found.Microphones) != 1 || found.Problem != nil {
		t.Fatalf("a machine with a microphone has %+v, %v", found, err)
	}
	m := found.Microphones[0]
	if m.Name != "hw:CARD=Microphone,DEV=0" || m.Problem == nil || m.Problem.Text == "" {
		t.Errorf("microphone %q with the problem %v", m.Name, m.Problem)
	}
	if len(m.Encodings) != 0 || m.Can != "" {
		t.Errorf("what cannot be opened can be opened with %q, %q", m.Encodings, m.Can)
	}
}
