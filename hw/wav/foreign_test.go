package wav

import (
	"bytes"
	"strings"
	"testing"
)

// TestForeign names what is no WAV file, and says what to do.
func TestForeign(t *testing.T) {
	for begin, want := range map[string]string{
		"":                         "the file is empty",
		"fLaC\x00\x00\x00\x22____": "but FLAC: convert it, as by 'ffmpeg",
		"FORM\x00\x01w.AIFF":       "but AIFF",
		"version https://git-lfs":  "run 'git lfs pull'",
		"<html><body>404":          "a web page",
		"PK\x03\x04________":       "unzip it",
		"\x00\x05\x16\x07________": "AppleDouble",
		"nothing known":            `it starts with "nothing know"`,
		"\x00\x00\x00\x1cftypM4A ": "but MP4 (AAC or ALAC): convert it",
		"MATLAB 5.0 M":             "save its samples as WAV, CSV or NPZ",
		"RIFF\x00\x00\x00\x00AVI ": "not a WAV file",
	} {
		_, err := NewReader("t", bytes.NewReader([]byte(begin)), Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%q: %v, want %q", begin, err, want)
		}
	}
}

// TestAmbisonic reads the samples of an ambisonic recording like any others.
func TestAmbisonic(t *testing.T) {
	format := extensible(1, 1, 16000, 16, 16)
	copy(format[8+26:], ambisonicTail)
	r, err := NewReader("t", bytes.NewReader(riff(format, chunk("data", []byte{1, 0}))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readAll(r, 4); err != nil || len(got) != 1 || got[0] != 1<<16 {
		t.Errorf("%x, %v", got, err)
	}
}
