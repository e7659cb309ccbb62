package dataset

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/dsp"
)

// cache keeps features of clips in files, each under a name that says what went
// in: the clip's content, the profile, the channel and this format. A file that is
// damaged or of another version is made anew.
type cache struct{ dir string }

// cacheMagic begins every file; the digit is the version of format and front end.
const cacheMagic = "auscult features 4\n"

// maxCachedHead bounds what is read of one file besides codes.
const maxCachedHead = 1 << 16

// cachedHead is what a file holds besides codes.
type cachedHead struct {
	Frames    int     `json:"frames"`
	Bands     int     `json:"bands"`
	Values    int     `json:"values"`
	DurationS float64 `json:"duration_s"`
	LevelDBFS float64 `json:"level_dbfs"`
	MeanDB    float64 `json:"mean_db"`
	Sound     Sound   `json:"sound"`
}

// path returns where a clip's features are.
func (c cache) path(clip *Clip, profile dsp.Profile, channel int) (string, error) {
	text, err := json.Marshal(profile)
	if err != nil {
		return "", err
	}
	what := fmt.Appendf(nil, "%s%s\n%d\n%x\n", cacheMagic, text, channel, clip.hash)
	if s := clip.stretch(); !s.whole() {
		what = fmt.Appendf(what, "%g-%g\n", s.from, s.to)
	}
	if cut := clip.cut(); cut != nil {
		what = fmt.Appendf(what, "%v\n", *cut)
	}
	if t := clip.of().tables; t != nil && clip.IsTable() {
		what = fmt.Appendf(what, "%q %q %q %q %g %g\n", t.Column, t.Time, t.TimeHint, t.Unit, t.RateHz, t.DefaultRateHz)
	}
	key := sha256.Sum256(what)
	return filepath.Join(c.dir, hex.EncodeToString(key[:])+".features"), nil
}

// load returns features that were kept, their codes through w; nil when there are none. The error
// is w's.
func (c cache) load(clip *Clip, o Options, w *codeWriter) (*Features, error) {
	path, err := c.path(clip, o.Profile, o.Channel)
	if err != nil {
		return nil, nil //nolint:nilerr // then there are none
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil //nolint:nilerr // then there are none
	}
	defer file.Close() //nolint:errcheck // closing what was only read cannot lose anything
	w.reset()
	f, err := decodeFeatures(file, w)
	if errors.Is(err, errCache) || err == nil && (f.Bands != o.Profile.Bands || f.Values != o.Profile.Values()) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.Clip = clip
	f.codes, err = w.done()
	return f, err
}

// store keeps features. A full disk costs the cache, not the training: the error is
// for a warning.
func (c cache) store(f *Features, o Options) error {
	path, err := c.path(f.Clip, o.Profile, o.Channel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil { //nolint:gosec // what recordings look like is no secret
		return err
	}
	return atomicfile.Write(path, 0o644, func(w io.Writer) error { return encodeFeatures(w, f) })
}

func encodeFeatures(to io.Writer, f *Features) error {
	head, err := json.Marshal(cachedHead{f.Frames, f.Bands, f.Values, f.DurationS, f.LevelDBFS, f.MeanDB, f.Sound})
	if err != nil {
		return err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(to, clipBuffer/16)
	w := io.MultiWriter(buffered, sum)
	data := binary.LittleEndian.AppendUint32([]byte(cacheMagic), uint32(len(head)))
	if _, err := w.Write(append(data, head...)); err != nil {
		return err
	}
	chunk := make([]byte, clipBuffer/16)
	for at, size := 0, f.Frames*f.Values; at < size; at += len(chunk) {
		chunk = chunk[:min(len(chunk), size-at)]
		f.codes.read(at, chunk)
		if _, err := w.Write(chunk); err != nil {
			return err
		}
	}
	if _, err := buffered.Write(sum.Sum(nil)); err != nil {
		return err
	}
	return buffered.Flush()
}

var errCache = errors.New("dataset: not cached features of this version")

// decodeFeatures reads what encodeFeatures wrote, and gives the codes to w as they come: they
// are good only once it has returned without an error.
func decodeFeatures(from io.Reader, w *codeWriter) (*Features, error) {
	sum := sha256.New()
	buffered := bufio.NewReaderSize(from, clipBuffer/16)
	r := io.TeeReader(buffered, sum)
	start := make([]byte, len(cacheMagic)+4)
	if _, err := io.ReadFull(r, start); err != nil || string(start[:len(cacheMagic)]) != cacheMagic {
		return nil, errCache
	}
	size := binary.LittleEndian.Uint32(start[len(cacheMagic):])
	if size > maxCachedHead {
		return nil, errCache
	}
	head := make([]byte, size)
	var h cachedHead
	if _, err := io.ReadFull(r, head); err != nil || json.Unmarshal(head, &h) != nil {
		return nil, errCache
	}
	if h.Frames < 1 || h.Bands < 1 || h.Values < h.Bands || h.Values > clipBuffer || h.Frames > math.MaxInt/h.Values {
		return nil, errCache
	}
	chunk := make([]byte, clipBuffer/16)
	for left := h.Frames * h.Values; left > 0; left -= len(chunk) {
		chunk = chunk[:min(len(chunk), left)]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return nil, errCache
		}
		w.buffer = append(w.buffer, chunk...)
		if err := w.filled(len(chunk)); err != nil {
			return nil, err
		}
	}
	var want [sha256.Size]byte
	if _, err := io.ReadFull(buffered, want[:]); err != nil || !bytes.Equal(sum.Sum(nil), want[:]) {
		return nil, errCache
	}
	if _, err := buffered.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, errCache
	}
	return &Features{Bands: h.Bands, Values: h.Values, Heard: Heard{
		Frames: h.Frames, DurationS: h.DurationS, LevelDBFS: h.LevelDBFS, MeanDB: h.MeanDB, Sound: h.Sound,
	}}, nil
}
