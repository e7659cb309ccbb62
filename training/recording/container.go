package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/recording/table"
)

// errOnce is what an opener returns that cannot open a second time: a pipe's.
var errOnce = errors.New("recording: a pipe is read once")

// sound is a decoder with the file that it reads.
type sound struct {
	decoder
	src *source
	io.Closer
}

// Close closes what was opened.
func (s *sound) Close() error {
	if s.src.also != nil {
		return errors.Join(s.Closer.Close(), s.src.also.Close())
	}
	return s.Closer.Close()
}

// source is what a container is read from, with room to look ahead. It remembers why reading
// failed, so that this can be told from damage.
type source struct {
	*bufio.Reader
	file   io.Reader
	open   Opener      // of the same file; nil where it is a part of one
	also   io.Closer   // what rewind opened
	about  wav.About   // what the file says of its samples
	was    fs.FileInfo // when it was opened; nil: not known
	failed error
}

// Stat tells the file's size, see wav.ReadHeader.
func (s *source) Stat() (fs.FileInfo, error) {
	if f, ok := s.file.(interface{ Stat() (fs.FileInfo, error) }); ok {
		return f.Stat()
	}
	return nil, errors.ErrUnsupported
}

// changed says whether the file is another than when it was opened.
func (s *source) changed() bool {
	is, err := s.Stat()
	return err == nil && s.was != nil && (is.Size() != s.was.Size() || !is.ModTime().Equal(s.was.ModTime()))
}

// watched reads a source's file.
type watched struct{ s *source }

func (w watched) Read(p []byte) (int, error) {
	n, err := w.s.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.s.failed = err
	}
	return n, err
}

func newSource(f io.Reader, open Opener) *source {
	s := &source{file: f, open: open}
	s.was, _ = s.Stat()
	s.Reader = readers.Get().(*bufio.Reader)
	s.Reset(watched{s})
	return s
}

// rewind opens the file once more, to read it from its beginning.
func (s *source) rewind() error {
	f, err := s.open()
	if err != nil {
		return err
	}
	s.file, s.also = f, f
	s.Reset(watched{s})
	return nil
}

// openSound opens what is no table.
func openSound(open Opener) (*sound, error) {
	f, err := open()
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	s := newSource(f, open)
	d, err := decode(s)
	if err != nil {
		_ = (&sound{src: s, Closer: f}).Close() // the header's error says more
		s.leave()
		if s.failed != nil {
			return nil, fmt.Errorf("recording: %w", s.failed)
		}
		return nil, err
	}
	return &sound{d, s, f}, nil
}

// container is a kind of file.
type container struct {
	begin   string // its first bytes
	foreign bool   // others have written its decoder
	open    func(s *source) (decoder, error)
}

// containers are those that are told by their first bytes; other files are taken for WAV.
var containers = []container{
	{"fLaC", true, openFLAC},
	{"OggS", true, openOgg},
	{"riff", false, openWave64},
	{"FORM", false, openAIFF},
	{".snd", false, openAU},
	{"dns.", false, openAU},
	{"caff", false, openCAF},
}

// endings are what names of recordings end in; what a file is, its first bytes say.
var endings = []string{
	".wav", ".wave", ".bwf", ".rf64", ".bw64", ".w64", ".aif", ".aiff", ".aifc", ".afc", ".au", ".snd", ".caf", ".flac",
	".mp3", ".ogg", ".oga", ".opus",
}

// Is says whether a file's name is that of a recording, a table included.
func Is(name string) bool {
	return slices.Contains(endings, strings.ToLower(path.Ext(name))) || table.Is(name)
}

// decode chooses the reader by the first bytes.
func decode(s *source) (decoder, error) {
	if err := skipID3(s); err != nil {
		return nil, err
	}
	begin, _ := s.Peek(16) // a file that ends before is told by its reader
	for _, c := range containers {
		if bytes.HasPrefix(begin, []byte(c.begin)) {
			if c.foreign {
				return openGuarded(func() (decoder, error) { return c.open(s) })
			}
			return c.open(s)
		}
	}
	if isFrame(begin) {
		return openGuarded(func() (decoder, error) { return openMP3(s) })
	}
	return openRIFF(s)
}

// skipID3 passes over what players write in front of a file.
func skipID3(s *source) error {
	for {
		b, _ := s.Peek(10)
		if len(b) < 10 || string(b[:3]) != "ID3" {
			return nil
		}
		size := 10
		for i, v := range b[6:10] {
			size += int(v&0x7f) << (21 - 7*i)
		}
		if b[5]&0x10 != 0 { // the same once more behind it
			size += 10
		}
		if _, err := s.Discard(size); err != nil {
			return errors.New("recording: the file ends in its tags (ID3): it is cut off")
		}
	}
}
