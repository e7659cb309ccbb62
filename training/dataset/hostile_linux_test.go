package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auscult/auscult/dsp"
)

// TestHostileFolder lists and learns a folder with all that may lie in one: pipes that nobody writes, devices, loops,
// names that are no text, headers that claim what is not there. The good ones are learned, nothing is waited for.
func TestHostileFolder(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, "normal", name) }
	for i, name := range []string{
		"good.wav", "new\nline.wav", "tab\tname.wav", `back\slash.wav`, "a\u0308.wav", "\u00e4.wav", "bad\xff\xfeutf8.wav",
		"esc\x1b[31m.wav", "a: b: left out: c.wav", "%s%n.wav", "-rf.wav", "UPPER.WAV", "two.dots..wav", " space .wav",
		strings.Repeat("x", 240) + ".wav",
	} {
		writeWAV(t, at(name), 16000, noise(uint64(i), 1))
	}
	const good = 15
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"fifo.wav", "fifo.txt", "fifo.csv", "fifo.dat", "fifo"} {
		must(syscall.Mkfifo(at(name), 0o600))
	}
	for name, to := range map[string]string{
		"zero.wav": "/dev/zero", "zero.txt": "/dev/zero", "full.csv": "/dev/full", "loop.wav": "loop.wav", "up": "..",
		"nowhere.wav": "nowhere", "pipe.txt": "fifo.txt",
	} {
		must(os.Symlink(to, at(name)))
	}
	must(os.MkdirAll(at("dir.wav"), 0o755))
	must(os.MkdirAll(at(strings.Repeat("d/", maxDepth+8)), 0o755))
	header := "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00"
	for name, content := range map[string]string{
		"empty.wav": "", "one.wav": "R", "nul.wav": strings.Repeat("\x00", 4096), "text.wav": "hello\n",
		"none.wav":      "RIFF\x24\x00\x00\x00" + header + "data\x00\x00\x00\x00",
		"list.wav":      "RIFF\xff\xff\xff\xffWAVELIST\xf0\xff\xff\xff",
		"channels.wav":  "RIFF\x24\x00\x00\x00" + strings.Replace(header, "\x01\x00\x01", "\x01\x00\xff", 1) + "data",
		"quote.csv":     `"` + strings.Repeat("a", 3<<20),
		"commas.csv":    strings.Repeat(",,\n", 1000),
		"huge.npy":      "\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,), }    \n",
		"junk.mat":      "MATLAB 5.0" + strings.Repeat("\x0e", 300),
		"junk.parquet":  "PAR1" + strings.Repeat("\xff", 300) + "\xff\x00\x00\x00PAR1",
		"junk.flac":     "fLaC" + strings.Repeat("\xff", 300),
		"junk.ogg":      "OggS" + strings.Repeat("\xff", 300),
		"photo.jpg":     "\xff\xd8",
		".hidden.wav":   "hidden",
		"remarks.txt":   "nothing but words",
		"numbers 2.txt": "1 2 3 is no table\n",
	} {
		must(os.WriteFile(at(name), []byte(content), 0o600))
	}
	s := mustOpen(t, dir)
	f, warnings, err := ExtractNormal(t.Context(), s.Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	if f.Len() != good {
		t.Errorf("%d clips of %d are learned: %q", f.Len(), good, warnings)
	}
	said := strings.Join(append(s.Warnings(), warnings...), "\n")
	for _, want := range []string{
		"fifo.wav: left out: not a regular file", "zero.wav: left out: not a regular file", "loop.wav: left out: ",
		"up: left out: a link to a folder", "nowhere.wav: left out: ", "deeper than 64 folders",
		"one.wav: left out: ", "junk.mat: left out: ", "junk.parquet: left out: ", "huge.npy: left out: ",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if bytes.ContainsAny([]byte(s.unread.String()), "\n\x1b") {
		t.Errorf("unread: %q", s.unread)
	}
}

// TestChanged leaves out what is not what its hash was taken of, says so, and goes on with the others.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		writeWAV(t, filepath.Join(dir, "normal", fmt.Sprint(i, ".wav")), 16000, noise(uint64(i), 1))
	}
	set, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	clips := set.Clips()
	grown, err := os.OpenFile(clips[0].Path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = grown.Write(make([]byte, 1000))
	replaced := clips[1].Path()
	data, readErr := os.ReadFile(clips[3].Path())
	err = errors.Join(err, grown.Close(), readErr, os.WriteFile(replaced+".new", data[:len(data)/2], 0o600),
		os.Rename(replaced+".new", replaced), os.Remove(clips[2].Path()))
	if err != nil {
		t.Fatal(err)
	}
	ears, err := NewListener(dsp.DefaultProfile(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"changed or replaced after", "changed or replaced after", "no such file", ""} {
		ends := 0
		ear := Ear{
			Frame: func(int, []int8) error { return nil },
			End:   func(int, Heard) error { ends++; return nil },
		}
		warning, err := ears.Listen(t.Context(), clips[i], Cut{}, ear)
		if err != nil || !strings.Contains(warning, want) || (want == "") != (warning == "") || ends != 1 && want == "" {
			t.Errorf("%s: %q, %v, %d ends", clips[i].Name, warning, err, ends)
		}
		if want != "" && (ends > 0 || !strings.HasPrefix(warning, clips[i].Name+": left out: ")) {
			t.Errorf("%s: %d ends, %q", clips[i].Name, ends, warning)
		}
	}
}
