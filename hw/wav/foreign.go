package wav

import (
	"bytes"
	"fmt"
)

// foreign are the beginnings of files that people take for WAV files, or give its ending.
var foreign = []struct{ begin, what, fix string }{
	{"fLaC", "FLAC", convertIt},
	{"FORM", "AIFF", convertIt},
	{"OggS", "Ogg", convertIt},
	{".snd", "an AU file", convertIt},
	{"caff", "a CAF file", convertIt},
	{"riff", "Sony Wave64", convertIt},
	{"ID3", "MP3", convertIt},
	{"\xff\xfb", "MP3", convertIt},
	{"\x1f\x8b", "compressed by gzip", "gunzip it"},
	{"PK\x03\x04", "a zip", "unzip it"},
	{"version http", "a Git LFS pointer without its file", "run 'git lfs pull'"},
	{"<", "a web page or XML", "download the file itself"},
	{"\x00\x05\x16\x07", "what macOS keeps beside a file (AppleDouble)", "leave it out"},
}

const convertIt = "convert it, as by 'ffmpeg -i FILE FILE.wav'"

// notWAV says what a file is that begins so, as far as that is known.
func notWAV(begin []byte) error {
	for _, f := range foreign {
		if bytes.HasPrefix(begin, []byte(f.begin)) {
			return fmt.Errorf("wav: not a WAV file but %s: %s", f.what, f.fix)
		}
	}
	return fmt.Errorf("wav: not a WAV file: it starts with %q", begin)
}
