package alsa

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

func TestDevices(t *testing.T) {
	for tree, want := range map[string][]string{
		"pi-voicehat": {
			"hw:CARD=sndrpigooglevoi,DEV=0 platform  Google voiceHAT SoundCard HiFi voicehat-hifi-0 /dev/snd/pcmC1D0c",
			"hw:CARD=Microphone,DEV=0 usb 1-1.3 USB Audio /dev/snd/pcmC2D0c",
		},
		"pi-simple": {"hw:CARD=i2smic,DEV=0 platform  3f203000.i2s-dmic-hifi dmic-hifi-0 /dev/snd/pcmC0D0c"},
		"jetson-ape": {
			"hw:CARD=APE,DEV=0 platform  XBAR-ADMAIF1 XBAR-ADMAIF1-0 /dev/snd/pcmC1D0c",
			"hw:CARD=APE,DEV=1 platform  XBAR-ADMAIF2 XBAR-ADMAIF2-1 /dev/snd/pcmC1D1c",
			"hw:CARD=APE,DEV=10 platform  XBAR-ADMAIF11 XBAR-ADMAIF11-10 /dev/snd/pcmC1D10c",
		},
		"pi5-voicehat": {
			"hw:CARD=sndrpigooglevoi,DEV=0 platform  Google voiceHAT SoundCard HiFi voicehat-hifi-0 /dev/snd/pcmC2D0c",
		},
		"pi-bare": nil, "pi5-debian": nil,
	} {
		list, err := Devices(plant(t, tree))
		if err != nil {
			t.Errorf("%s: %v", tree, err)
			continue
		}
		var got []string
		for _, d := range list {
			got = append(got, strings.Join([]string{d.String(), d.Card.Bus, d.Card.Port, d.Name, d.Node}, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tree, got, want)
		}
	}
	if list, err := Devices(t.TempDir()); err != nil || len(list) != 0 {
		t.Errorf("without sound: %v, %v", list, err)
	}
}

func TestFind(t *testing.T) {
	pi, jetson, simple := plant(t, "pi-voicehat"), plant(t, "jetson-ape"), plant(t, "pi-simple")
	pi5 := plant(t, "pi5-voicehat")
	for _, c := range []struct{ root, name, want string }{
		{pi, "hw:CARD=sndrpigooglevoi,DEV=0", "hw:CARD=sndrpigooglevoi,DEV=0"},
		{pi, "sndrpigooglevoi", "hw:CARD=sndrpigooglevoi,DEV=0"},
		{pi, "hw:Microphone,0", "hw:CARD=Microphone,DEV=0"},
		{pi, "hw:PORT=1-1.3,DEV=0", "hw:CARD=Microphone,DEV=0"},
		{pi, "hw:PORT=1-1.3", "hw:CARD=Microphone,DEV=0"},
		{jetson, "hw:CARD=APE,DEV=1", "hw:CARD=APE,DEV=1"},
		{jetson, "hw:APE,10", "hw:CARD=APE,DEV=10"},
		{jetson, "", "hw:CARD=APE,DEV=0"},
		{simple, "", "hw:CARD=i2smic,DEV=0"},
		{pi5, "", "hw:CARD=sndrpigooglevoi,DEV=0"},
	} {
		if d, err := Find(c.root, c.name); err != nil || d.String() != c.want {
			t.Errorf("find %q: %v, %v; want %s", c.name, d, err, c.want)
		}
	}
	for _, c := range []struct{ root, name, want string }{
		{pi, "", "2 cards can capture, say which: hw:CARD=sndrpigooglevoi,DEV=0, hw:CARD=Microphone,DEV=0"},
		{pi, "hw:1,0", "card numbers change from boot to boot: write hw:CARD=sndrpigooglevoi,DEV=0"},
		{pi, "2", "write hw:CARD=Microphone,DEV=0"},
		{pi, "hw:CARD=7", "write hw:CARD=ID,DEV=0"},
		{pi, "hw:CARD=vc4hdmi0,DEV=0", "no such capture device: there is hw:CARD=sndrpigooglevoi"},
		{pi, "hw:CARD=Microphone,DEV=1", "no such capture device"},
		{pi, "hw:CARD=Microphone,DEV=32", "must be 0 to 31"},
		{pi, "hw:CARD=Microphone,DEV=x", "must be 0 to 31"},
		{pi, "hw:CARD=Microphone,FOO=0", "write hw:CARD=ID"},
		{pi, "hw:Microphone,0,0", "write hw:CARD=ID"},
		{pi, "hw:", "no card is named"},
		{plant(t, "pi-bare"), "", "the only sound card (vc4hdmi) cannot capture: for an I2S microphone write dtoverlay="},
		{plant(t, "pi5-debian"), "", "this kernel does not drive the chip (RP1) that the header hangs on: install Raspberry Pi OS"},
		{pi5, "hw:CARD=vc4hdmi1", "no such capture device: there is hw:CARD=sndrpigooglevoi"},
		{t.TempDir(), "mic", "the kernel has no sound card: plug a microphone in"},
	} {
		if d, err := Find(c.root, c.name); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("find %q: %v, %v; want %q", c.name, d, err, c.want)
		}
	}
}

func TestNothing(t *testing.T) {
	for tree, want := range map[string]Code{"pi-bare": NoCapture, "pi-simple": ""} {
		var code Code
		if p := Nothing(plant(t, tree)); p != nil {
			code = p.Code
		}
		if code != want {
			t.Errorf("%s: %q, want %q", tree, code, want)
		}
	}
	// The same board without its overlay, whose kernel drives the header.
	bare := plant(t, "pi5-voicehat")
	if err := os.RemoveAll(filepath.Join(bare, "proc/asound/card2")); err != nil {
		t.Fatal(err)
	}
	if p := Nothing(bare); p == nil || !strings.Contains(p.Fix, "dtoverlay=googlevoicehat-soundcard") {
		t.Errorf("Pi 5 without overlay: %+v", p)
	}
	if p := Nothing(t.TempDir()); p == nil || p.Code != NoDriver {
		t.Errorf("without sound: %+v", p)
	}
}

func TestProblems(t *testing.T) {
	pi := plant(t, "pi-voicehat")
	hat, err := Find(pi, "sndrpigooglevoi")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		code Code
		want string
	}{
		{syscall.EACCES, NoPermission, "no permission for /dev/snd/pcmC1D0c: add the user to the group audio"},
		{syscall.EBUSY, Busy, "in use by arecord (process 811): end the program"},
		{syscall.ENOENT, NoNode, "there is no /dev/snd/pcmC1D0c"},
		{syscall.ENODEV, Gone, "it has just gone"},
		{syscall.EIO, Unusable, "input/output error"},
	} {
		o := Options{FS: pi, open: func(path string) (kernel.Handle, error) {
			if path != filepath.Join(pi, "dev/snd/pcmC1D0c") {
				t.Errorf("%s was opened", path)
			}
			return nil, c.err
		}}
		_, err := Open(hat.String(), o)
		var p *Problem
		if !errors.As(err, &p) || p.Code != c.code || !strings.Contains(err.Error(), c.want) || !errors.Is(err, c.err) {
			t.Errorf("open with %v: %v, want %q", c.err, err, c.want)
		}
		if _, p := Check(hat, o); p == nil || p.Code != c.code {
			t.Errorf("check with %v: %+v", c.err, p)
		}
	}
	// Nothing in the tree answers ioctls: the kernel's own words come through.
	if _, p := Check(hat, Options{FS: pi}); p == nil || p.Code != Unusable ||
		!strings.Contains(p.Text, "ask what it can do") {
		t.Errorf("check of a file: %+v", p)
	}
	if err := os.Remove(filepath.Join(pi, "dev/snd/pcmC1D0c")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(hat.String(), Options{FS: pi}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open without a node: %v", err)
	}
}

// TestRegistry opens every device by its name and by all its aliases.
func TestRegistry(t *testing.T) {
	root := plant(t, "jetson-ape")
	list, err := Devices(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range list {
		names = append(names, d.String())
		for _, name := range append(d.Aliases(), d.String()) {
			port, err := i2sreg.Open(root, name)
			if err != nil || port.String() != d.String() {
				t.Errorf("open %s: %v, %v", name, port, err)
			}
		}
	}
	if want := []string{"hw:CARD=APE,DEV=0", "hw:CARD=APE,DEV=1", "hw:CARD=APE,DEV=10"}; !slices.Equal(names, want) {
		t.Errorf("found %q, want %q", names, want)
	}
	if port, err := i2sreg.Open(root, ""); err != nil || port.String() != "hw:CARD=APE,DEV=0" {
		t.Errorf("open the first: %v, %v", port, err)
	}
	var p *Problem
	if _, err := i2sreg.Open(t.TempDir(), ""); !errors.As(err, &p) || p.Code != NoDriver {
		t.Errorf("without sound: %v, want the reason", err)
	}
}

// FuzzFind has a hostile kernel list the cards and a hostile user name one.
func FuzzFind(f *testing.F) {
	f.Add("hw:CARD=a,DEV=0", " 0 [a              ]: USB-Audio - b\n                      c\n", "../../devices/x/usb1/1-1/1-1:1.0/sound/card0")
	f.Add("99999999999999999999", " 99 [\x00]: \n--- no soundcards ---", "/")
	f.Add("", strings.Repeat(" 1 [x]: y\n", 99), "devices")
	f.Fuzz(func(t *testing.T, name, cards, link string) {
		root := t.TempDir()
		for _, dir := range []string{"proc/asound/card0/pcm0c", "sys/class/sound"} {
			if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(root, "proc/asound/cards"), []byte(cards), 0o644); err != nil {
			t.Fatal(err)
		}
		_ = os.Symlink(link, filepath.Join(root, "sys/class/sound/card0")) // not every text is a path
		list, err := Devices(root)
		if err != nil || len(list) > maxCards {
			t.Errorf("%d devices, %v", len(list), err)
		}
		d, err := Find(root, name)
		if err == nil && !slices.Contains(list, d) {
			t.Errorf("%q found %v, which is not there", name, d)
		}
	})
}

// twins is a tree of USB microphones, each with a socket and a serial number, in the order that
// the kernel has found them.
func twins(t *testing.T, serials ...string) string {
	t.Helper()
	root, cards := t.TempDir(), ""
	write := func(name, text string) {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for i, socketSerial := range serials {
		socket, serial, _ := strings.Cut(socketSerial, " ")
		id := "Device"
		if i > 0 {
			id = fmt.Sprint("Device_", i)
		}
		cards += fmt.Sprintf(" %d [%-15s]: USB-Audio - USB PnP Sound Device\n                      at usb\n", i, id)
		write(fmt.Sprintf("proc/asound/card%d/pcm0c/info", i), "name: USB Audio\n")
		usb := "sys/devices/platform/soc/usb1/1-1/" + socket
		write(usb+"/idVendor", "0d8c\n")
		write(usb+"/idProduct", "0014\n")
		if serial != "" {
			write(usb+"/serial", serial+"\n")
		}
		write(fmt.Sprintf("%s/%s:1.0/sound/card%d/id", usb, socket, i), id)
		if err := os.MkdirAll(filepath.Join(root, "sys/class/sound"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(fmt.Sprintf("../../devices/platform/soc/usb1/1-1/%s/%s:1.0/sound/card%d", socket, socket, i),
			filepath.Join(root, fmt.Sprintf("sys/class/sound/card%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	write("proc/asound/cards", cards)
	return root
}

// TestTwins tells equal microphones apart by what stays: they change the kernel's IDs when
// they are found in another order, or when one is missing.
func TestTwins(t *testing.T) {
	for _, c := range []struct {
		name   string
		trees  [][]string // socket and serial number of each card, in the kernel's order
		stable string     // of the microphone in 1-1.2
		twins  bool
	}{
		{"serial numbers", [][]string{{"1-1.2 A7", "1-1.3 B8"}, {"1-1.3 B8", "1-1.2 A7"}, {"1-1.2 A7"}},
			"hw:USB=0d8c:0014,SERIAL=A7,DEV=0", true},
		{"none", [][]string{{"1-1.2", "1-1.3"}, {"1-1.3", "1-1.2"}, {"1-1.2"}}, "hw:PORT=1-1.2,DEV=0", true},
		{"the same", [][]string{{"1-1.2 00", "1-1.3 00"}, {"1-1.3 00", "1-1.2 00"}}, "hw:PORT=1-1.2,DEV=0", true},
		{"alone", [][]string{{"1-1.2 A7"}}, "hw:CARD=Device,DEV=0", false},
	} {
		for i, tree := range c.trees {
			root := twins(t, tree...)
			list, err := Devices(root)
			if err != nil || len(list) != len(tree) {
				t.Fatalf("%s: %v, %v", c.name, list, err)
			}
			for _, d := range list {
				if d.Card.Port != "1-1.2" {
					continue
				}
				stable, isTwin := d.Stable(list)
				if i == 0 && (stable != c.stable || isTwin != c.twins) {
					t.Errorf("%s: %q, %v, want %q", c.name, stable, isTwin, c.stable)
				}
			}
			if d, err := Find(root, c.stable); err != nil || d.Card.Port != "1-1.2" {
				t.Errorf("%s, order %d: %s is %+v, %v", c.name, i, c.stable, d.Card, err)
			}
		}
	}
	root := twins(t, "1-1.3 B8", "1-1.2 A7")
	if _, err := Find(root, "hw:USB=0d8c:0014"); err == nil ||
		!strings.Contains(err.Error(), "2 cards are that: write hw:USB=0d8c:0014,SERIAL=B8,DEV=0 or hw:USB=0d8c:0014,SERIAL=A7") {
		t.Errorf("a name of two: %v", err)
	}
	missing := twins(t, "1-1.3 B8")
	if d, err := Find(missing, "hw:USB=0d8c:0014,SERIAL=A7,DEV=0"); err == nil {
		t.Errorf("the twin of a microphone that is missing was taken for it: %v", d)
	}
}
