package alsa

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinks opens cards by udev's names, which follow them to another number.
func TestLinks(t *testing.T) {
	root := plant(t, "pi-voicehat")
	link := func(name, target string) {
		file := filepath.Join(root, "dev/snd", name)
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.RemoveAll(file), os.Symlink(target, file))
		if err != nil {
			t.Fatal(err)
		}
	}
	const id, place = "by-id/usb-Generic_USB_Audio_2020-00", "by-path/platform-soc-usb-0:1.3:1.0"
	link(id, "../controlC2")
	link(place, "../controlC1")
	link("by-id/odd", "../../null")
	for _, c := range []struct{ name, want string }{
		{"/dev/snd/" + id, "hw:CARD=Microphone,DEV=0"}, {"/dev/snd/" + id + ",DEV=0", "hw:CARD=Microphone,DEV=0"},
		{"/dev/snd/" + place, "hw:CARD=sndrpigooglevoi,DEV=0"},
	} {
		if d, err := Find(root, c.name); err != nil || d.String() != c.want {
			t.Errorf("%s: %v, %v", c.name, d, err)
		}
	}
	link(id, "../controlC1")
	if d, err := Find(root, "/dev/snd/"+id); err != nil || d.String() != "hw:CARD=sndrpigooglevoi,DEV=0" {
		t.Errorf("at another number: %v, %v", d, err)
	}
	for name, want := range map[string]string{
		"/dev/snd/" + id + ",DEV=7":  "no such capture device",
		"/dev/snd/" + id + ",DEV=77": "must be 0 to 31",
		"/dev/snd/by-id/unplugged":   "no such capture device",
		"/dev/snd/by-id/odd":         "which is no sound card",
	} {
		if _, err := Find(root, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
