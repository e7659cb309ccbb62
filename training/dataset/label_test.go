package dataset

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFolderNames opens folders as people call them, also a level down in a zip of a whole
// folder, and where they are split already.
func TestFolderNames(t *testing.T) {
	for _, c := range []struct {
		what    string
		clips   []string // those below a folder of normal sound first
		normal  int
		learned int
		machine string
	}{
		{"capitals", []string{"Normal/a.wav", "NORMAL2/x.wav", "Abnormal/b.WAV"}, 1, 1, ""},
		{"OK and NG", []string{"OK/a.wav", "OK/b.wav", "NG/c.wav"}, 2, 2, ""},
		{"beside normal", []string{"normal/a.wav", "good/b.wav", "anomaly/c.wav"}, 2, 2, ""},
		{"a folder above", []string{"pump-7/Normal/a.wav", "pump-7/faulty/b.wav"}, 1, 1, "pump-7"},
		{"split", []string{"train/normal/a.wav", "test/normal/b.wav", "test/abnormal/c.wav"}, 2, 1, ""},
		{"a split by other names", []string{"learn/normal/a.wav", "Evaluation/OK/b.wav", "val/NG/c.wav"}, 2, 1, ""},
		{"wave", []string{"normal/a.wave"}, 1, 1, ""},
		{"German", []string{"Gut/a.wav", "i.O./b.wav", "Schlecht/c.wav", "n.i.O./d.wav"}, 2, 2, ""},
		{"Chinese", []string{"正常/a.wav", "异常/b.wav"}, 1, 1, ""},
		{"words beside", []string{"0_normal/a.wav", "Normal Sounds/b.wav", "NormalData/c.wav", "1-bad_1/d.wav"}, 3, 3, ""},
		{"folders above", []string{"hall 2/pump-7/normal/a.wav", "hall 2/pump-7/not_ok/b.wav"}, 1, 1, "hall 2/pump-7"},
		{"a split below", []string{"pump/train/ok/a.wav", "pump/test/ok/b.wav", "pump/test/ng/c.wav"}, 2, 1, "pump"},
	} {
		dir := t.TempDir()
		hz := 100.0
		for _, name := range c.clips {
			writeWAV(t, filepath.Join(dir, name), 16000, tone(hz, 0.1, 0.2))
			hz += 10
		}
		for _, path := range []string{dir, pack(t, dir)} {
			s, err := Open(path)
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			if len(s.normal) != c.normal || s.Normal().Len() != c.learned || s.Machine() != c.machine {
				t.Errorf("%s: %d normal clips, %d to learn, machine %q; want %d, %d, %q",
					c.what, len(s.normal), s.Normal().Len(), s.Machine(), c.normal, c.learned, c.machine)
			}
		}
	}
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "test/normal/a.wav"), 16000, tone(100, 0.1, 0.2))
	_, _, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), options())
	if err == nil || !strings.Contains(err.Error(), "all normal ones are for testing") {
		t.Errorf("nothing to learn: %v", err)
	}
	dir = t.TempDir()
	for _, name := range []string{"pump-7/normal/a.wav", "pump-8/normal/b.wav"} {
		writeWAV(t, filepath.Join(dir, name), 16000, tone(100, 0.1, 0.2))
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "recordings of 2 machines") {
		t.Errorf("two machines: %v", err)
	}
}

// TestUnread names each kind of file that is not read once, and leaves documents be.
func TestUnread(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal/a.wav"), 16000, tone(100, 0.1, 0.2))
	for _, name := range []string{"b.ape", "c.APE", "d.m4a", "README.md", "LICENSE", ".hidden.ogg"} {
		if err := os.WriteFile(filepath.Join(dir, "normal", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, pack(t, dir)} {
		got := strings.Join(mustOpen(t, path).Warnings(), "\n")
		if want := "not read, since auscult does not know them: 2 .ape, 1 .m4a;"; !strings.Contains(got, want) ||
			strings.Contains(got, "md") || strings.Contains(got, "ogg") {
			t.Errorf("warnings %q, want %q", got, want)
		}
	}
	if err := os.Remove(filepath.Join(dir, "normal/a.wav")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pack(t, dir)} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "2 .ape, 1 .m4a") {
			t.Errorf("nothing but what is not read: %v", err)
		}
	}
}

// TestPacked calls ways to pack by their names, and reads what is beside them.
func TestPacked(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal/a.wav"), 16000, tone(100, 0.1, 0.2))
	clip, err := os.ReadFile(filepath.Join(dir, "normal/a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(withGood bool) string {
		name := filepath.Join(t.TempDir(), "set.zip")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		for path, h := range map[string]zip.FileHeader{
			"normal/b.wav": {Method: 12}, "normal/c.wav": {Method: 14}, "normal/d.wav": {Method: zip.Store, Flags: 1},
			"normal/e.wav": {Method: 77}, "normal/a.wav": {Method: zip.Store},
		} {
			if path == "normal/a.wav" && !withGood {
				continue
			}
			h.Name, h.CompressedSize64, h.UncompressedSize64 = path, uint64(len(clip)), uint64(len(clip))
			h.CRC32 = crc32.ChecksumIEEE(clip)
			w, err := z.CreateRaw(&h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(clip); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		return name
	}
	s := mustOpen(t, write(true))
	if got := names(s.Clips()); !slices.Equal(got, []string{"normal/a.wav"}) {
		t.Errorf("clips %q", got)
	}
	for _, want := range []string{"packed by bzip2", "packed by LZMA", "are encrypted", "packed by the method 77"} {
		if !strings.Contains(strings.Join(s.Warnings(), "\n"), want) {
			t.Errorf("warnings %q, want %q", s.Warnings(), want)
		}
	}
	if _, err := Open(write(false)); err == nil || !strings.Contains(err.Error(), "are encrypted") {
		t.Errorf("nothing that can be read: %v", err)
	}
}

// TestConditionsAsWritten reads tables as spreadsheets of other countries and systems
// write them.
func TestConditionsAsWritten(t *testing.T) {
	for what, text := range map[string]string{
		"byte order mark": "\ufefffile,speed_rpm\r\nnormal/a.wav,900.5\r\n",
		"semicolons":      "File;speed_rpm\nnormal/a.wav;900,5\n",
		"backslashes":     "file,speed_rpm\nnormal\\A.WAV,900.5\n",
		"without label":   "FILE, speed_rpm \na.wav, 900.5\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ConditionsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		clips := []*Clip{{Name: "normal/a.wav"}}
		warnings, err := readConditions(dir, clips)
		if v, ok := clips[0].Condition("speed_rpm"); err != nil || len(warnings) > 0 || !ok || v != 900.5 {
			t.Errorf("%s: %g, %v, warnings %q, %v", what, v, ok, warnings, err)
		}
	}
}

// TestNearMisses names the folder to rename.
func TestNearMisses(t *testing.T) {
	for _, c := range []struct{ clip, beside, want string }{
		{"nomal/a.wav", "abnomal/b.wav", "nomal/ looks like normal/: rename it"},
		{"weird/a.wav", "fault/b.wav", "put the recordings of normal sound into normal/, or rename the folder that has them (there are weird)"},
		{"0/a.wav", "1/b.wav", "(there are 0, 1)"},
		{"train/a.wav", "test/b.wav", "(there are test, train)"},
		{"a.wav", "b.wav", "put the recordings of normal sound into normal/"},
		{"set.zip", "sets/set.zip", "2 zip files lie in it, which are not looked into: unpack them"},
	} {
		dir := t.TempDir()
		for i, name := range []string{c.clip, c.beside} {
			writeWAV(t, filepath.Join(dir, name), 16000, tone(float64(100+i), 0.1, 0.2))
		}
		for _, path := range []string{dir, pack(t, dir)} {
			if _, err := Open(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: %v, want %q", c.clip, c.beside, err, c.want)
			}
		}
	}
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal/a.wav"), 16000, tone(100, 0.1, 0.2))
	writeWAV(t, filepath.Join(dir, "normal2/b.wav"), 16000, tone(110, 0.1, 0.2))
	if w := mustOpen(t, dir).Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], "normal2/: left out, though it looks like normal/") {
		t.Errorf("warnings %q", w)
	}
}

// TestLinkedFolders follows links to the folders of labels, and to the whole.
func TestLinkedFolders(t *testing.T) {
	dir, there := t.TempDir(), t.TempDir()
	writeWAV(t, filepath.Join(there, "fan/id_00/normal/a.wav"), 16000, tone(100, 0.1, 0.2))
	writeWAV(t, filepath.Join(there, "fan/id_00/normal/b.wav"), 16000, tone(110, 0.1, 0.2))
	if err := errors.Join(
		os.Symlink(filepath.Join(there, "fan/id_00/normal"), filepath.Join(dir, "normal")),
		os.Symlink(there, filepath.Join(dir, "whole")),
		os.Symlink(dir, filepath.Join(dir, "normal", "up")), // a loop
	); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "whole")} {
		if s, err := Open(path); err != nil || len(s.normal) != 2 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestForeignZips reads zips as programs of other systems write them.
func TestForeignZips(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "a.wav"), 16000, tone(100, 0.1, 0.2))
	clip, err := os.ReadFile(filepath.Join(dir, "a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{
		`pump\normal\a.wav`, `pump\empty\`, "__MACOSX/pump/normal/._a.wav", "pump/__MACOSX/normal/b.wav",
		"pump/normal/._c.wav", "pump/Thumbs.db", "pump/desktop.ini", "pump/normal/\xfc.wav",
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
		if err == nil {
			_, err = w.Write(append(slices.Clone(clip), name...))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "pump.zip")
	if err := errors.Join(z.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path)
	want := []string{"pump/normal/a.wav", "pump/normal/\xfc.wav"}
	if got := names(s.Clips()); !slices.Equal(got, want) || len(s.Warnings()) > 0 {
		t.Errorf("clips %q, warnings %q", got, s.Warnings())
	}
	if err := os.WriteFile(path, b.Bytes()[:b.Len()-100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "only the begin of one: copy it again") {
		t.Errorf("cut off: %v", err)
	}
}
