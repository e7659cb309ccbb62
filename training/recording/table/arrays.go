package table

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/dataset/npy"
	"github.com/auscult/auscult/training/recording/delimited"
)

// Limits of files of arrays.
const (
	maxArrays = 256
	maxAxes   = 64
	// What unpacks to more than maxUnpacked must not be maxRatio times as large as packed: so
	// much has only what was made to fill memories and disks.
	maxUnpacked = 256 << 20
	maxRatio    = 200
)

// Names that arrays in such a file go by, in small letters.
var (
	dataNames = []string{"data", "acc", "accel", "acceleration", "accelerations", "vibration", "signal", "signals", "x"}
	// The first that a file has counts: rate may be a shaft's.
	rateNames = []string{
		"sample_rate", "sample_rate_hz", "samplerate", "sampling_rate", "samplingrate", "sampling_frequency", "fsamp", "fs",
		"sr", "fs_hz", "odr", "rate_hz", "rate",
	}
)

// array is one array of a file.
type array struct {
	name    string
	head    *npy.Header
	samples int64
	width   int64                         // values of a sample
	apart   bool                          // each axis lies by itself
	open    func() (io.ReadCloser, error) // at the header's begin; an io.Seeker too where that needs no reading
}

// lister reads what arrays a file has, and what is above them.
type lister func(t *file, at *os.File, size int64) ([]*array, error)

// open opens a file of arrays.
func (list lister) open(t *file, at *os.File, size int64) error {
	rows := &arrayRows{}
	t.rows = rows
	arrays, err := list(t, at, size)
	if err != nil {
		return err
	}
	for _, a := range arrays {
		if err := t.addArray(rows, a, len(arrays) > 1); err != nil {
			return err
		}
	}
	rows.left = arrays[0].samples
	if rows.left == 0 {
		return errors.New("holds an array without values")
	}
	t.style += fmt.Sprintf(" of %s, %v", arrays[0].head.Fields[0].Type, arrays[0].head.Shape)
	return nil
}

// listArchive lists the arrays of NumPy's archive that belong together.
func listArchive(t *file, at *os.File, size int64) ([]*array, error) {
	arrays, unusable, err := listArrays(at, size, &t.heading)
	if err != nil {
		return nil, err
	}
	if len(arrays) == 0 {
		return nil, fmt.Errorf("holds no array of numbers that could be samples%s", because(unusable))
	}
	arrays = samplesOf(arrays)
	t.style = fmt.Sprintf("NumPy's archive of %s", plural(len(arrays), "array", "arrays"))
	return arrays, nil
}

func because(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	return ": " + strings.Join(reasons[:min(len(reasons), 3)], "; ")
}

// listPlain opens an .npy file.
func listPlain(t *file, at *os.File, size int64) ([]*array, error) {
	t.style = "NumPy's array"
	open := func() (io.ReadCloser, error) {
		return struct {
			*io.SectionReader
			io.Closer
		}{io.NewSectionReader(at, 0, size), io.NopCloser(nil)}, nil
	}
	h, err := npy.ReadHeader(io.NewSectionReader(at, 0, size))
	if err != nil {
		return nil, err
	}
	a := &array{head: h, open: open}
	if err := a.measure(); err != nil {
		return nil, err
	}
	if have := (size - h.Bytes) / max(h.Size, 1); have < h.Count() {
		if a.apart || h.Fortran && len(h.Shape) > 1 { // the last axes are lost
			return nil, fmt.Errorf("is cut short: it holds %d of %d values", have, h.Count())
		}
		t.rows.(*arrayRows).short = fmt.Sprintf("the array is cut short: it holds %d of %d values", have, h.Count())
		a.samples = min(a.samples, have/max(h.Count()/max(a.samples, 1), 1))
	}
	return []*array{a}, nil
}

// listArrays lists the arrays of numbers in an archive, takes the rate from one, and says
// which others cannot be used.
func listArrays(at *os.File, size int64, h *heading) (arrays []*array, unusable []string, err error) {
	files, err := zip.NewReader(at, size)
	if err != nil {
		return nil, nil, fmt.Errorf("is no archive of NumPy's arrays: %w", err)
	}
	if len(files.File) > maxArrays {
		return nil, nil, fmt.Errorf("holds %d files: at most %d arrays", len(files.File), maxArrays)
	}
	for _, entry := range files.File {
		if strings.HasPrefix(entry.Name, "xl/") {
			return nil, nil, errors.New("is an Excel file: save it as CSV")
		}
		name, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok {
			continue
		}
		a, err := archived(entry, name)
		if err != nil {
			unusable = append(unusable, fmt.Sprintf("array %.40q: %v", name, err))
			continue
		}
		arrays = append(arrays, a)
	}
	arrays, err = h.learnRate(arrays)
	return arrays, unusable, err
}

// learnRate takes the rate from the array of one value that is called so, and returns those that may be samples.
func (h *heading) learnRate(arrays []*array) ([]*array, error) {
	best := len(rateNames)
	for _, a := range arrays {
		name := strings.ToLower(a.name[strings.LastIndexByte(a.name, '.')+1:])
		i := slices.Index(rateNames, name)
		if a.head.Count() != 1 || i < 0 || i >= best {
			continue
		}
		best = i
		var err error
		if h.rateHz, err = a.single(); err != nil {
			return nil, fmt.Errorf("array %.40q: %w", a.name, err)
		}
	}
	return slices.DeleteFunc(arrays, func(a *array) bool { return a.samples <= 1 }), nil
}

// archived opens an entry of an archive as far as its header.
func archived(entry *zip.File, name string) (*array, error) {
	unpacked, packed := entry.UncompressedSize64, entry.CompressedSize64
	if unpacked > maxUnpacked && unpacked/maxRatio > packed {
		return nil, fmt.Errorf("%d bytes that unpack to %d: refused, since no recording packs so well", packed, unpacked)
	}
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if want := uint64(h.Bytes) + uint64(h.Count())*uint64(h.Size); want != unpacked {
		return nil, fmt.Errorf("its header announces %d bytes, %d are there", want, unpacked)
	}
	a := &array{name: name, head: h, open: entry.Open}
	return a, a.measure()
}

// single reads the number that an array of one value holds.
func (a *array) single() (float64, error) {
	r, err := a.from(a.head.Bytes)
	if err != nil {
		return 0, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	value := make([]byte, a.head.Size)
	if _, err := io.ReadFull(r, value); err != nil {
		return 0, err
	}
	return a.head.Fields[0].Number(value), nil
}

// measure finds how many samples an array has, how many values each, and where these lie.
func (a *array) measure() error {
	h := a.head
	shape := slices.DeleteFunc(slices.Clone(h.Shape), func(n int64) bool { return n == 1 })
	for _, f := range h.Fields {
		if !f.IsNumber() && len(h.Fields) == 1 {
			return fmt.Errorf("values of type %s: floats of 2, 4 or 8 bytes and whole numbers can be read", f.Type)
		}
	}
	switch {
	case len(shape) == 0:
		a.samples, a.width = 1, 1
	case len(shape) == 1:
		a.samples, a.width = shape[0], 1
	case len(shape) > 2 || len(h.Fields) > 1:
		return fmt.Errorf("shape %v: must be samples, or samples x axes", h.Shape)
	case shape[0] < shape[1] && shape[0] <= maxAxes: // axes x samples
		a.samples, a.width, a.apart = shape[1], shape[0], !h.Fortran
	case shape[1] > maxAxes:
		return fmt.Errorf("shape %v: must be samples, or samples x axes of at most %d; windows that were cut must be joined",
			h.Shape, maxAxes)
	default:
		a.samples, a.width, a.apart = shape[0], shape[1], h.Fortran
	}
	return nil
}

// samplesOf returns the arrays that belong together: those with as many samples as the one
// that has the name of data, or, without, as the longest.
func samplesOf(arrays []*array) []*array {
	longest := arrays[0]
	for _, a := range arrays {
		if a.samples > longest.samples {
			longest = a
		}
	}
	for _, name := range dataNames {
		if i := slices.IndexFunc(arrays, func(a *array) bool { return strings.EqualFold(a.name, name) }); i >= 0 {
			longest = arrays[i]
			break
		}
	}
	return slices.DeleteFunc(arrays, func(a *array) bool { return a.samples != longest.samples })
}

// lane reads some columns of one array, sample by sample.
type lane struct {
	a       *array
	offset  int64 // of its first byte behind the header
	stride  int   // bytes from one sample to the next
	columns []int
	fields  []npy.Field // one of each column, with its offset within the stride
	scales  []float64

	from io.ReadCloser
	in   *bufio.Reader
	buf  []byte
}

// arrayRows gives the samples of arrays.
type arrayRows struct {
	lanes []*lane
	width int
	left  int64
	short string // what is said of a file that is cut
	said  []string
	bad   int // values that are infinite
}

// addArray adds an array's columns.
func (t *file) addArray(rows *arrayRows, a *array, several bool) error {
	h := a.head
	if rows.width+int(a.width)*len(h.Fields) > maxColumns {
		return fmt.Errorf("more than %d columns", maxColumns)
	}
	var l *lane
	for axis := range a.width {
		if a.apart || l == nil {
			l = &lane{a: a, stride: int(h.Size)}
			if a.apart {
				l.offset = axis * a.samples * h.Size
			} else {
				l.stride = int(h.Size * a.width)
			}
			rows.lanes = append(rows.lanes, l)
		}
		for _, f := range h.Fields {
			c := column{name: a.name, kind: delimited.Number}
			switch {
			case f.Name != "":
				c.name, c.unit = splitUnit(f.Name)
			case a.width > 1 && several:
				c.name = fmt.Sprintf("%s %d", a.name, axis+1)
			case a.width > 1 || !several && isGeneric(a.name):
				c.name = ""
			default:
				c.name, c.unit = splitUnit(a.name)
			}
			t.addColumn(rows, l, c, f, axis)
		}
	}
	return nil
}

// isGeneric says whether a name says nothing.
func isGeneric(name string) bool {
	return strings.HasPrefix(name, "arr_") || slices.Contains(dataNames[:len(dataNames)-1], strings.ToLower(name))
}

// addColumn adds a field of a lane as a column.
func (t *file) addColumn(rows *arrayRows, l *lane, c column, f npy.Field, axis int64) {
	scale := 1.0
	decimals := 12
	switch {
	case !f.IsNumber():
		c.kind = delimited.Text
	case f.Type[0] == 'M' || f.Type[0] == 'm':
		c.kind, c.dated = delimited.Moment, true
		if s := durations[plainUnit(f.Unit())]; s > 0 {
			scale = s
		}
	case f.IsWhole():
		decimals = 0
	}
	if !l.a.apart {
		f.Offset += axis * l.a.head.Size
	}
	l.columns = append(l.columns, rows.width)
	l.fields = append(l.fields, f)
	l.scales = append(l.scales, scale)
	rows.width++
	t.heading.columns = append(t.heading.columns, c)
	t.decimals = append(t.decimals, decimals)
}

// from opens an array at an offset.
func (a *array) from(offset int64) (io.ReadCloser, error) {
	r, err := a.open()
	if err != nil {
		return nil, err
	}
	if s, ok := r.(io.Seeker); ok {
		_, err = s.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, offset)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// choose implements rows.
func (t *arrayRows) choose(wanted []bool) {
	for _, l := range t.lanes {
		if !slices.ContainsFunc(l.columns, func(c int) bool { return wanted[c] }) && l.from != nil {
			_ = l.from.Close() // nothing was written
			l.from, l.in = nil, nil
		}
	}
	t.lanes = slices.DeleteFunc(t.lanes, func(l *lane) bool {
		return !slices.ContainsFunc(l.columns, func(c int) bool { return wanted[c] })
	})
}

// next implements rows.
func (t *arrayRows) next(values []float64) error {
	if t.left == 0 {
		return io.EOF
	}
	for _, l := range t.lanes {
		if err := l.read(); err != nil {
			return fmt.Errorf("array %.40q ends early or is damaged: %w", l.a.name, err)
		}
		for k, c := range l.columns {
			if f := &l.fields[k]; f.IsNumber() {
				values[c] = f.Number(l.buf) * l.scales[k]
				if math.IsInf(values[c], 0) {
					t.bad++
				}
			} else {
				values[c] = math.NaN()
			}
		}
	}
	t.left--
	return nil
}

// read reads a sample of the lane.
func (l *lane) read() error {
	if l.in == nil {
		r, err := l.a.from(l.a.head.Bytes + l.offset)
		if err != nil {
			return err
		}
		l.from, l.in, l.buf = r, bufio.NewReaderSize(r, 1<<14), make([]byte, l.stride)
	}
	_, err := io.ReadFull(l.in, l.buf)
	return err
}

// cut implements rows.
func (t *arrayRows) cut() bool { return t.short != "" }

// notes implements rows.
func (t *arrayRows) notes() []string {
	said := slices.Clone(t.said)
	if t.short != "" {
		said = append(said, t.short)
	}
	if t.bad > 0 {
		said = append(said, infinite(t.bad))
	}
	return said
}
