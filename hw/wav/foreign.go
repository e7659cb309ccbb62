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
	{"BZh", "compressed by bzip2", "bunzip2 it"},
	{"\xfd7zXZ", "compressed by xz", "unxz it"},
	{"7z\xbc\xaf", "a 7z archive", "unpack it"},
	{"Rar!", "a RAR archive", "unpack it"},
	{"\x1aE\xdf\xa3", "Matroska or WebM", convertIt},
	{"wvpk", "WavPack", convertIt},
	{"MAC ", "Monkey's Audio", convertIt},
	{"TTA1", "True Audio", convertIt},
	{"0&\xb2u", "Windows Media", convertIt},
	{"#!AMR", "AMR", convertIt},
	{"\xff\xf1", "AAC", convertIt},
	{"\xff\xf9", "AAC", convertIt},
	{"NIST_1A", "NIST SPHERE", convertIt},
	{"\x89HDF", "HDF5", "save its samples as WAV or NPZ"},
	{"MATLAB", "a MATLAB file", "save its samples as WAV, CSV or NPZ"},
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
	if len(begin) >= 8 && string(begin[4:8]) == "ftyp" {
		return fmt.Errorf("wav: not a WAV file but MP4 (AAC or ALAC): %s", convertIt)
	}
	return fmt.Errorf("wav: not a WAV file: it starts with %q", begin)
}
