package imager

import (
	"bytes"
	"slices"
	"testing"
)

// FuzzRead reads anything as each of the files: no panic, and bounded wishes.
func FuzzRead(f *testing.F) {
	for _, c := range cases {
		f.Add(c.file, []byte(c.text))
	}
	f.Add("user-data", []byte("a: &a [x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"))
	f.Add("user-data", bytes.Repeat([]byte("["), 1000))
	f.Add("firstrun.sh", []byte("x/imager_custom set_wlan -h 'a\n"))
	f.Add("network-config", []byte("wifis: {wlan0: {access-points: {1: 2}}}\n"))
	f.Fuzz(func(t *testing.T, file string, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		w, err := Read(file, data)
		if err != nil {
			if w.Hostname != "" || len(w.Keys) > 0 {
				t.Errorf("an error, and wishes: %+v", w)
			}
			return
		}
		if !Known(file) || len(w.Keys) > maxKeys || len(w.Unknown) > maxUnknown {
			t.Errorf("%+v", w)
		}
		if slices.ContainsFunc(w.Keys, func(key string) bool { return bytes.ContainsAny([]byte(key), "\n") }) {
			t.Errorf("a key of several lines: %q", w.Keys)
		}
	})
}
