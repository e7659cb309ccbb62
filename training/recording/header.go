package recording

import (
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// Limits of what precedes the samples.
const (
	maxPreceding = 64 << 20 // bytes of a chunk
	maxChunks    = 1000
)

// checkFormat refuses what no recording has, by the limits of package wav.
func checkFormat(f hw.Format, kind string) error {
	switch {
	case f.Channels < 1 || f.Channels > wav.MaxChannels:
		return fmt.Errorf("%s: %d channels: must be 1 to %d", kind, f.Channels, wav.MaxChannels)
	case f.SampleRateHz < 1 || f.SampleRateHz > wav.MaxSampleRateHz:
		return fmt.Errorf("%s: sample rate %d Hz: must be 1 to %d", kind, f.SampleRateHz, wav.MaxSampleRateHz)
	}
	return nil
}

// readAll fills b or says that the file ends.
func readAll(r io.Reader, b []byte, kind string) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return cutOff(kind)
	}
	return err
}

func cutOff(kind string) error {
	return fmt.Errorf("%s: the file ends before the samples begin: it is cut off", kind)
}

// readChunk reads a small chunk of least bytes or more.
func readChunk(r io.Reader, size uint64, least int, kind string) ([]byte, error) {
	const most = 1 << 12
	if size < uint64(least) || size > most {
		return nil, fmt.Errorf("%s: a chunk of %d bytes says how samples are written: must be %d to %d", kind, size, least, most)
	}
	b := make([]byte, size)
	return b, readAll(r, b, kind)
}

// skip passes over n bytes.
func skip(r io.Reader, n uint64, kind string) error {
	if n > maxPreceding {
		return fmt.Errorf("%s: %d bytes before the samples: at most %d are passed over", kind, n, maxPreceding)
	}
	_, err := io.CopyN(io.Discard, r, int64(n))
	if errors.Is(err, io.EOF) {
		return cutOff(kind)
	}
	return err
}
