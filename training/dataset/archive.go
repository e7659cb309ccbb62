package dataset

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// maxArchived bounds the size of one recording in an archive, unpacked.
const maxArchived = 1 << 30

// methods are ways to pack a file that people use and archive/zip does not read (APPNOTE
// 6.3.10, section 4.4.5).
var methods = map[uint16]string{
	9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES",
}

// packedBy says why an entry cannot be read, "" when it can.
func packedBy(entry *zip.File) string {
	const encrypted = 1
	name, known := methods[entry.Method]
	switch {
	case entry.Flags&encrypted != 0:
		return "encrypted"
	case known:
		return "packed by " + name
	case entry.Method != zip.Store && entry.Method != zip.Deflate:
		return fmt.Sprintf("packed by the method %d", entry.Method)
	}
	return ""
}

// listArchive lists the recordings in the zip file at name, and counts those that are
// packed so that they cannot be read, by how. The file stays open as long as one of them is
// in use.
func listArchive(name string, others unread) (files map[string]*zip.File, packed map[string]int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	files, packed = map[string]*zip.File{}, map[string]int{}
	for _, entry := range z.File {
		base := path.Base(entry.Name)
		if entry.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		how := packedBy(entry)
		switch {
		case !isRecording(base):
			if base != ConditionsFile {
				others.add(path.Ext(base))
			}
		case entry.UncompressedSize64 > maxArchived:
			err := fmt.Errorf("%s: %d bytes in one recording", entry.Name, entry.UncompressedSize64)
			return nil, nil, errors.Join(err, f.Close())
		case how != "":
			packed[how]++
		default:
			files[path.Clean(entry.Name)] = entry
		}
	}
	return files, packed, nil
}

// open opens the clip's bytes, wherever they are. An entry gives no more of them
// than the archive announces.
func (c Clip) open() (io.ReadCloser, error) {
	if c.entry == nil {
		return os.Open(c.Path)
	}
	return c.entry.Open()
}

// ReadMono reads one channel of the clip, from 0, as wav.ReadMono does, also
// where the clip lies in an archive. A table of numbers has no sample rate: it is
// taken to have rateHz.
func (c Clip) ReadMono(channel, rateHz int) (pcm []int32, format hw.Format, err error) {
	if isTable(c.Name) {
		return c.readMonoTable(channel, rateHz)
	}
	if c.entry == nil {
		return wav.ReadMono(c.Path, channel)
	}
	r, err := c.open()
	if err != nil {
		return nil, format, fmt.Errorf("dataset: %s: %w", c.Name, err)
	}
	src, err := wav.NewReader(c.Name, r, wav.Options{})
	if err != nil {
		return nil, format, errors.Join(err, r.Close())
	}
	defer func() { _ = src.Halt() }() // nothing was written
	format = src.Format()
	if channel < 0 || channel >= format.Channels {
		return nil, format, fmt.Errorf("dataset: %s has channels 0 to %d, not %d", c.Name, format.Channels-1, channel)
	}
	block := hw.Block{PCM: make([]int32, 1024*format.Channels)}
	for {
		err := src.Read(context.Background(), &block)
		switch {
		case errors.Is(err, io.EOF) && src.Truncated():
			return pcm, format, fmt.Errorf("dataset: %s ends after %d samples: %w", c.Name, len(pcm), wav.ErrTruncated)
		case errors.Is(err, io.EOF):
			return pcm, format, nil
		case err != nil:
			return nil, format, err
		case len(pcm)+len(block.PCM)/format.Channels > wav.MaxMonoSamples:
			return nil, format, fmt.Errorf("dataset: %s is longer than %d samples: cut it", c.Name, wav.MaxMonoSamples)
		}
		for i := channel; i < len(block.PCM); i += format.Channels {
			pcm = append(pcm, block.PCM[i])
		}
	}
}
