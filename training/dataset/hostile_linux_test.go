package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
