package dataset

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/recording"
)

// maxArchived bounds the size of one recording in an archive, unpacked. It is read as a stream:
// the bound is on time.
const maxArchived = 64 << 30

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
// packed so that they cannot be read, by how. table is its ConditionsFile. The
// file stays open as long as one of them is
// in use.
func listArchive(
	name string, others unread,
) (files map[string]*zip.File, packed map[string]int, table *zip.File, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, nil, errors.Join(err, f.Close())
	}
	z, err := zip.NewReader(f, info.Size())
	if errors.Is(err, zip.ErrFormat) {
		err = errors.New("it is no zip file, or only the begin of one: copy it again")
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, f.Close())
	}
	files, packed = map[string]*zip.File{}, map[string]int{}
	for _, entry := range z.File {
		name := path.Clean(strings.ReplaceAll(entry.Name, `\`, "/")) // as some Windows programs write them
		base := path.Base(name)
		if strings.HasSuffix(entry.Name, `\`) || entry.FileInfo().IsDir() || strings.HasPrefix(base, ".") ||
			slices.Contains(strings.Split(name, "/"), "__MACOSX") {
			continue
		}
		how := packedBy(entry)
		switch {
		case base == ConditionsFile && how == "":
			if table == nil || len(entry.Name) < len(table.Name) {
				table = entry // the one at the top
			}
		case how == "" && !isRecording(base, entry.Open), how != "" && !recording.Is(base):
			others.add(base)
		case entry.UncompressedSize64 > maxArchived:
			packed[fmt.Sprintf("larger than %d GiB", maxArchived>>30)]++
		case how != "":
			packed[how]++
		default:
			files[name] = entry
		}
	}
	return files, packed, table, nil
}

// open opens the clip's bytes, wherever they are. An entry gives no more of them
// than the archive announces.
func (c Clip) open() (io.ReadCloser, error) {
	if c.entry() != nil {
		return c.entry().Open()
	}
	f, err := os.Open(c.Path())
	if err != nil {
		return nil, err
	}
	if c.stamp != 0 && c.stamp != stampOf(f) {
		_ = f.Close() // nothing was written
		return nil, errChanged
	}
	return f, nil
}

// errChanged says that a file is not what its hash was taken of.
var errChanged = errors.New("it was changed or replaced after the folder was looked through: is it still being recorded? " +
	"Run again when it is complete")

// stampOf returns a number that changes when a file does, 0 where nothing is known.
func stampOf(f io.ReadCloser) uint32 {
	file, ok := f.(*os.File)
	if !ok {
		return 0
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	h := fnv.New32a()
	_ = binary.Write(h, binary.LittleEndian, [2]int64{info.Size(), info.ModTime().UnixNano()}) // a hash takes all
	return max(h.Sum32(), 1)
}
