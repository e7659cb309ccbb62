package i2sreg_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
	"github.com/auscult/auscult/hw/i2s/i2stest"
)

// opener returns an opener of a port with the given name.
func opener(name string) i2sreg.Opener {
	return func() (i2s.PortCloser, error) {
		return &i2stest.Playback{Name: name, Format: hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 24}}, nil
	}
}

// register registers a port and takes it out again when the test ends.
func register(t *testing.T, name string, aliases []string, number int) {
	t.Helper()
	if err := i2sreg.Register(name, aliases, number, opener(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i2sreg.Unregister(name); err != nil {
			t.Error(err)
		}
	})
}

func TestOpen(t *testing.T) {
	if _, err := i2sreg.Open(""); err == nil || !strings.Contains(err.Error(), "did you forget") {
		t.Errorf("open without ports: %v", err)
	}
	register(t, "hw:CARD=Zeta,DEV=0", []string{"Zeta"}, -1)
	register(t, "I2S7", nil, 7)
	register(t, "I2S3", []string{"near", "front"}, 3)
	for name, want := range map[string]string{
		"": "I2S3", "3": "I2S3", "7": "I2S7", "near": "I2S3", "front": "I2S3", "I2S7": "I2S7", "Zeta": "hw:CARD=Zeta,DEV=0",
		"hw:CARD=Zeta,DEV=0": "hw:CARD=Zeta,DEV=0",
	} {
		port, err := i2sreg.Open(name)
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
	for _, name := range []string{"-1", "8", "zeta", "I2S"} {
		if _, err := i2sreg.Open(name); err == nil || !strings.Contains(err.Error(), "I2S3, I2S7") {
			t.Errorf("open %q: %v, want an error that names the ports", name, err)
		}
	}
	var names []string
	for _, r := range i2sreg.All() {
		names = append(names, r.Name)
		if len(r.Aliases) > 0 {
			r.Aliases[0] = "overwritten"
		}
	}
	if want := []string{"I2S3", "I2S7", "hw:CARD=Zeta,DEV=0"}; !slices.Equal(names, want) {
		t.Errorf("All gave %q, want %q", names, want)
	}
	if _, err := i2sreg.Open("near"); err != nil {
		t.Errorf("what All returned is not a copy: %v", err)
	}
}

func TestOpenPassesErrors(t *testing.T) {
	busy := errors.New("busy")
	if err := i2sreg.Register("broken", nil, -1, func() (i2s.PortCloser, error) { return nil, busy }); err != nil {
		t.Fatal(err)
	}
	if _, err := i2sreg.Open("broken"); !errors.Is(err, busy) {
		t.Errorf("error %v, want the opener's", err)
	}
	if err := i2sreg.Unregister("broken"); err != nil {
		t.Error(err)
	}
	if err := i2sreg.Unregister("broken"); err == nil {
		t.Error("a port was taken out twice")
	}
}

func TestRegisterRejects(t *testing.T) {
	register(t, "first", []string{"one"}, 1)
	for _, c := range []struct {
		name    string
		aliases []string
		number  int
		open    i2sreg.Opener
		want    string
	}{
		{"", nil, -1, opener(""), "empty"},
		{"x", []string{""}, -1, opener("x"), "empty"},
		{" x", nil, -1, opener("x"), "blanks"},
		{"12", nil, -1, opener("x"), "is a number"},
		{"x", []string{"-3"}, -1, opener("x"), "is a number"},
		{"x", []string{"x"}, -1, opener("x"), "twice"},
		{"x", nil, -2, opener("x"), "must be -1"},
		{"x", nil, -1, nil, "no opener"},
		{"first", nil, -1, opener("x"), "belongs to first"},
		{"one", nil, -1, opener("x"), "belongs to first"},
		{"x", []string{"one"}, -1, opener("x"), "belongs to first"},
		{"x", nil, 1, opener("x"), "number 1 belongs to first"},
	} {
		if err := i2sreg.Register(c.name, c.aliases, c.number, c.open); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("register %q %q %d: %v, want %q", c.name, c.aliases, c.number, err, c.want)
		}
	}
	if n := len(i2sreg.All()); n != 1 {
		t.Errorf("%d ports, want 1", n)
	}
}
