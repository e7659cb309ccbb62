package dataset

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNameTime(t *testing.T) {
	for name, want := range map[string]string{
		"normal/2026-01-31_10-20-30.wav": "2026-01-31T10:20:30", "rec20260131T102030Z.wav": "2026-01-31T10:20:30",
		"normal/pump 2026-01-31.wav": "2026-01-31T00:00:00", "20260131/a.wav": "2026-01-31T00:00:00",
		"2026-02/normal/7.wav": "2026-02-01T00:00:00", "2026_02_x.wav": "2026-02-01T00:00:00",
		"normal/00000001.wav": "", "2026-13-01.wav": "", "2026-02-30.wav": "2026-02-01T00:00:00",
		"id_00.wav": "", "4026-01-01.wav": "",
		"section_00_source_train_normal_0012_strength_1.wav": "", "120260131.wav": "",
	} {
		at, ok := nameTime(name)
		if got := at.Format("2006-01-02T15:04:05"); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v, want %q", name, got, ok, want)
		}
	}
}

// TestRecorded reads the date of a Broadcast Wave file, and takes what makes no sense for none.
func TestRecorded(t *testing.T) {
	file := func(date, clock string, cut int) []byte {
		body := make([]byte, 602)
		copy(body[320:], date+clock)
		var b bytes.Buffer
		b.WriteString("RIFF\x00\x00\x00\x00WAVEJUNK\x03\x00\x00\x00abc\x00bext")
		_ = binary.Write(&b, binary.LittleEndian, uint32(len(body)))
		b.Write(body)
		return b.Bytes()[:b.Len()-cut]
	}
	dir := t.TempDir()
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"good":        {file("2026-03-04", "05:06:07", 0), "2026-03-04T05:06:07"},
		"underscores": {file("2026_03_04", "05-06-07", 0), "2026-03-04T05:06:07"},
		"no clock":    {file("2026:03:04", "99:06:07", 0), "2026-03-04T00:00:00"},
		"no date":     {file("0000-00-00", "00:00:00", 0), ""},
		"words":       {file("yesterday!", "at noon.", 0), ""},
		"cut":         {file("2026-03-04", "05:06:07", 300), ""},
		"short":       {[]byte("RIFF"), ""},
		"large":       {[]byte("RIFF\x00\x00\x00\x00WAVEbext\xff\xff\xff\xff"), ""},
		"small":       {[]byte("RIFF\x00\x00\x00\x00WAVEbext\x02\x00\x00\x00ab"), ""},
	} {
		path := filepath.Join(dir, name+".wav")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		at, by, ok := Clip{Name: filepath.ToSlash(path)}.Recorded()
		if got := at.Format("2006-01-02T15:04:05"); ok != (c.want != "") || ok && (got != c.want || by != "Broadcast Wave") {
			t.Errorf("%s: %s by %q, %v, want %q", name, got, by, ok, c.want)
		}
	}
	if _, _, ok := (Clip{Name: filepath.ToSlash(filepath.Join(dir, "absent.wav"))}).Recorded(); ok {
		t.Error("a file that is not there has a date")
	}
	if at, by, ok := (Clip{Name: "2026-01-01.wav"}).Recorded(); !ok || by != "its name" || at.Month() != time.January {
		t.Errorf("by name: %v by %q, %v", at, by, ok)
	}
}
