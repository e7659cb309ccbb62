package dataset

import (
	"archive/zip"
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
	for _, name := range []string{"b.flac", "c.FLAC", "d.mp3", "README.md", "LICENSE", ".hidden.ogg"} {
		if err := os.WriteFile(filepath.Join(dir, "normal", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, pack(t, dir)} {
		got := strings.Join(mustOpen(t, path).Warnings(), "\n")
		if want := "not read, since auscult does not know them: 2 .flac, 1 .mp3;"; !strings.Contains(got, want) ||
			strings.Contains(got, "md") || strings.Contains(got, "ogg") {
			t.Errorf("warnings %q, want %q", got, want)
		}
	}
	if err := os.Remove(filepath.Join(dir, "normal/a.wav")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pack(t, dir)} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "2 .flac, 1 .mp3") {
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
		clips := []Clip{{Name: "normal/a.wav"}}
		warnings, err := readConditions(dir, clips)
		if v, ok := clips[0].Condition("speed_rpm"); err != nil || len(warnings) > 0 || !ok || v != 900.5 {
			t.Errorf("%s: %g, %v, warnings %q, %v", what, v, ok, warnings, err)
		}
	}
}
