package i2sreg

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2stest"
)

var errBusy = errors.New("busy")

// bench is a driver of ports that a test lists, by their names and aliases.
type bench struct {
	name  string
	ports map[string][]string
	root  string // that it was asked for last
}

func (b *bench) String() string { return b.name }

func (b *bench) Open(root, name string) (i2s.PortCloser, error) {
	b.root = root
	if name == "broken" {
		return nil, errBusy
	}
	for port, aliases := range b.ports {
		if name == port || slices.Contains(aliases, name) || name == "" && len(b.ports) == 1 {
			format := hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 24}
			return &i2stest.Playback{Name: port, Format: format}, nil
		}
	}
	return nil, fmt.Errorf("%s: no port %q", b.name, name)
}

// alone registers drivers for one test.
func alone(t *testing.T, list ...Driver) {
	t.Helper()
	before := drivers
	drivers = nil
	t.Cleanup(func() { drivers = before })
	for _, d := range list {
		MustRegister(d)
	}
}

func TestOpen(t *testing.T) {
	alone(t)
	if _, err := Open("/", ""); err == nil || !strings.Contains(err.Error(), "did you forget") {
		t.Errorf("open without drivers: %v", err)
	}
	cards := &bench{name: "cards", ports: map[string][]string{"hw:CARD=Zeta,DEV=0": {"Zeta"}, "hw:CARD=Eta,DEV=0": nil}}
	buses := &bench{name: "buses", ports: map[string][]string{"I2S3": {"near", "front"}}}
	alone(t, cards, buses)
	for name, want := range map[string]string{
		"": "I2S3", "near": "I2S3", "front": "I2S3", "I2S3": "I2S3", "Zeta": "hw:CARD=Zeta,DEV=0",
		"hw:CARD=Zeta,DEV=0": "hw:CARD=Zeta,DEV=0", "hw:CARD=Eta,DEV=0": "hw:CARD=Eta,DEV=0",
	} {
		port, err := Open("/fixture", name)
		if err != nil {
			t.Errorf("open %q: %v", name, err)
			continue
		}
		if port.String() != want {
			t.Errorf("open %q gave %s, want %s", name, port, want)
		}
		if err := port.Close(); err != nil {
			t.Errorf("close %q: %v", name, err)
		}
	}
	if cards.root != "/fixture" || buses.root != "/fixture" {
		t.Errorf("asked below %q and %q", cards.root, buses.root)
	}
	for _, name := range []string{"-1", "8", "zeta", "I2S"} {
		if _, err := Open("/", name); err == nil || !strings.Contains(err.Error(), "buses: no port") ||
			!strings.Contains(err.Error(), "cards: no port") {
			t.Errorf("open %q: %v, want what each driver said", name, err)
		}
	}
}

// TestOpenPassesErrors wants the only driver's error as it is.
func TestOpenPassesErrors(t *testing.T) {
	alone(t, &bench{name: "cards"})
	if _, err := Open("/", "broken"); !errors.Is(err, errBusy) || err.Error() != "busy" {
		t.Errorf("error %v, want the driver's", err)
	}
	alone(t, &bench{name: "cards"}, &bench{name: "buses"})
	if _, err := Open("/", "broken"); !errors.Is(err, errBusy) {
		t.Errorf("error %v, want the drivers'", err)
	}
}

func TestRegisterRejects(t *testing.T) {
	alone(t, &bench{name: "first"})
	for _, c := range []struct {
		d    Driver
		want string
	}{
		{&bench{name: ""}, "empty"},
		{&bench{name: " x"}, "blanks"},
		{nil, "no driver"},
		{&bench{name: "first"}, "there is a driver of that name"},
	} {
		if err := register(c.d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("register %v: %v, want %q", c.d, err, c.want)
		}
	}
	if len(drivers) != 1 {
		t.Errorf("%d drivers, want 1", len(drivers))
	}
	defer func() {
		if recover() == nil {
			t.Error("a second driver of one name was taken")
		}
	}()
	MustRegister(&bench{name: "first"})
}
