package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/auscult/auscult/training/recording/delimited"
	"github.com/auscult/auscult/training/recording/matlab"
	"github.com/auscult/auscult/training/recording/parquet"
)

// endings are those of files that are tables, or are named with what makes one of them; textEndings
// those of texts that may be anything.
var (
	endings = []string{
		".csv", ".tsv", ".npz", ".npy", ".asc", ".lvm", ".mat", ".parquet", ".h5", ".hdf5", ".tdms", ".xls", ".xlsx",
	}
	textEndings = []string{".txt", ".dat"}
)

// Is says whether a file's name is that of a table.
func Is(name string) bool { return slices.Contains(endings, strings.ToLower(filepath.Ext(name))) }

// MayBe says whether a file's name is that of a table if its text is one: see Looks.
func MayBe(name string) bool {
	return slices.Contains(textEndings, strings.ToLower(filepath.Ext(name)))
}

// looksLines is how many lines of numbers make a table.
const looksLines = 16

// Looks says whether the begin of a text is a table, and no remark with some numbers in it.
func Looks(r io.Reader) bool {
	in, err := delimited.NewReader(io.LimitReader(r, 1<<16))
	if err != nil || in.Layout().DataLine == 0 {
		return false
	}
	kinds := in.Layout().Kinds
	lines, all := 0, 0
	for {
		row, err := in.Read()
		if err != nil {
			return lines >= looksLines && lines*2 > all
		}
		if row.Remark || row.Line < in.Layout().DataLine {
			continue
		}
		all++
		if len(row.Cells) == len(kinds) {
			lines++
		}
	}
}

// file is a table that was opened.
type file struct {
	rows     rows
	heading  heading
	decimals []int
	style    string
	close    func() error
}

// others are files that people take for tables, and what makes one of them.
var others = []struct {
	magic, name, advice string
}{
	{"\x89HDF\r\n\x1a\n", "an HDF5 file, or one of MATLAB 7.3",
		`in Python: import h5py; numpy.save("x.npy", h5py.File("x.h5")["NAME"][()])`},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file", "save it as CSV"},
	{"TDSm", "a TDMS file of LabVIEW", `in Python: from nptdms import TdmsFile; TdmsFile("x.tdms").as_dataframe().to_csv("x.csv")`},
	{"MATLAB 7.3", "a MATLAB file of version 7.3", `in MATLAB: save("x.mat", "-v6"); in Python: import h5py; numpy.save("x.npy", h5py.File("x.mat")["NAME"][()].T)`},
	{"\x1f\x8b", "packed by gzip", "unpack it by gunzip"},
	{"BZh", "packed by bzip2", "unpack it by bunzip2"},
	{"\xfd7zXZ\x00", "packed by xz", "unpack it by unxz"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"},
	{"SQLite format 3\x00", "a SQLite file", "export the table as CSV"},
	{"RIFF", "a WAV file", "name it .wav"},
	{"%PDF", "a PDF file", "export the numbers as CSV"},
	{"<", "HTML or XML", "export the numbers as CSV"},
}

// openFile opens a table by its first bytes.
func openFile(open func() (io.ReadCloser, error)) (*file, error) {
	f, err := open()
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(f, 1<<16)
	head, err := in.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openSpooled(f, in, lister(listArchive).open)
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return openSpooled(f, in, lister(listPlain).open)
	case matlab.Is(head):
		return openSpooled(f, in, lister(listMatlab).open)
	case parquet.Is(head):
		return openSpooled(f, in, openParquet)
	}
	for _, other := range others {
		if bytes.HasPrefix(head, []byte(other.magic)) {
			return nil, errors.Join(fmt.Errorf("is %s; %s", other.name, other.advice), f.Close())
		}
	}
	rows, h, err := openText(in)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{
		rows: rows, heading: h, decimals: rows.decimals, style: styleOf(rows.layout, h.lines), close: f.Close,
	}, nil
}

// openSpooled opens a table that is read here and there, by read.
func openSpooled(f io.Closer, in io.Reader, read func(t *file, at *os.File, size int64) error) (*file, error) {
	at, size, err := spool(f, in)
	if err != nil {
		return nil, err
	}
	t := &file{close: at.Close}
	if err := read(t, at, size); err != nil {
		return nil, errors.Join(err, at.Close())
	}
	return t, nil
}

// spool returns the bytes of f as a file that can be read anywhere: itself, or a temporary
// copy of what in gives, which has begun to read it.
func spool(f io.Closer, in io.Reader) (at *os.File, size int64, err error) {
	if file, ok := f.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			return file, info.Size(), nil
		}
	}
	tmp, err := os.CreateTemp("", "auscult-table-")
	if err != nil {
		err = fmt.Errorf("a temporary file is needed: %w: name a folder that can be written as TMPDIR", err)
		return nil, 0, errors.Join(err, f.Close())
	}
	_ = os.Remove(tmp.Name()) // it lives until it is closed
	size, err = unpack(tmp, in)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, 0, errors.Join(err, tmp.Close())
	}
	return tmp, size, nil
}

// unpack copies a table out of an archive.
func unpack(tmp io.Writer, in io.Reader) (size int64, err error) {
	size, err = io.Copy(tmp, io.LimitReader(in, maxSpooled+1))
	switch {
	case size > maxSpooled:
		return size, fmt.Errorf("more than %d GiB within an archive: unpack it", maxSpooled>>30)
	case errors.Is(err, syscall.ENOSPC):
		return size, fmt.Errorf("no space is left in %s to unpack it, after %.1f MB: name a folder with more as TMPDIR: %w",
			os.TempDir(), float64(size)/1e6, err)
	}
	return size, err
}

// maxSpooled bounds a temporary copy.
const maxSpooled = 4 << 30
