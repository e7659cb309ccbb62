package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
const cacheMagic = "auscult features 1\n"

// maxCached bounds what is read of one file.
const maxCached = 1 << 30

// cachedHead is what a file holds besides codes.
type cachedHead struct {
	Frames    int     `json:"frames"`
	Bands     int     `json:"bands"`
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
	key := sha256.Sum256(fmt.Appendf(nil, "%s%s\n%d\n%x\n", cacheMagic, text, channel, clip.hash))
	return filepath.Join(c.dir, hex.EncodeToString(key[:])+".features"), nil
}

// load returns features that were kept; ok is false when there are none.
func (c cache) load(clip *Clip, profile dsp.Profile, channel int) (f Features, ok bool) {
	path, err := c.path(clip, profile, channel)
	if err != nil {
		return f, false
	}
	file, err := os.Open(path)
	if err != nil {
		return f, false
	}
	defer file.Close() //nolint:errcheck // closing what was only read cannot lose anything
	data, err := io.ReadAll(io.LimitReader(file, maxCached))
	if err != nil {
		return f, false
	}
	f, err = decodeFeatures(data)
	f.Clip = *clip
	return f, err == nil && f.Bands == profile.Bands
}

// store keeps features. A full disk costs the cache, not the training: the error is
// for a warning.
func (c cache) store(f *Features, profile dsp.Profile, channel int) error {
	path, err := c.path(&f.Clip, profile, channel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil { //nolint:gosec // what recordings look like is no secret
		return err
	}
	data, err := encodeFeatures(f)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, 0o644, data)
}

func encodeFeatures(f *Features) ([]byte, error) {
	head, err := json.Marshal(cachedHead{f.Frames, f.Bands, f.DurationS, f.LevelDBFS, f.MeanDB, f.Sound})
	if err != nil {
		return nil, err
	}
	data := binary.LittleEndian.AppendUint32([]byte(cacheMagic), uint32(len(head)))
	data = append(data, head...)
	for _, code := range f.Codes {
		data = append(data, byte(code))
	}
	sum := sha256.Sum256(data)
	return append(data, sum[:]...), nil
}

var errCache = errors.New("dataset: not cached features of this version")

func decodeFeatures(data []byte) (f Features, err error) {
	end := len(data) - sha256.Size
	start := len(cacheMagic) + 4
	if end < start || string(data[:len(cacheMagic)]) != cacheMagic {
		return f, errCache
	}
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return f, errCache
	}
	size := int(binary.LittleEndian.Uint32(data[len(cacheMagic):]) & (1<<31 - 1))
	if size > end-start {
		return f, errCache
	}
	var h cachedHead
	if err := json.Unmarshal(data[start:start+size], &h); err != nil {
		return f, errCache
	}
	codes := data[start+size : end]
	if h.Frames < 1 || h.Bands < 1 || h.Frames > len(codes) || h.Bands > len(codes) || h.Frames*h.Bands != len(codes) {
		return f, errCache
	}
	f = Features{
		Frames: h.Frames, Bands: h.Bands, DurationS: h.DurationS, LevelDBFS: h.LevelDBFS, MeanDB: h.MeanDB, Sound: h.Sound,
	}
	f.Codes = make([]int8, len(codes))
	for i, b := range codes {
		f.Codes[i] = int8(b)
	}
	return f, nil
}
