package wav

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw"
)

// MaxMonoSamples is the most that ReadMono reads: 256 MiB, 70 minutes at 16 kHz.
const MaxMonoSamples = 64 << 20

// ErrTruncated says that a recording ends before its header says it should.
var ErrTruncated = errors.New("recording is truncated")

// ReadMono reads one channel, counted from 0, of the recording at path. With
// an error that is ErrTruncated it returns the samples that there were.
func ReadMono(path string, channel int) (pcm []int32, format hw.Format, err error) {
	r, err := Open(path, Options{})
	if err != nil {
		return nil, hw.Format{}, err
	}
	defer func() { _ = r.Halt() }() // nothing was written
	return readMono(r, channel, MaxMonoSamples)
}

func readMono(r *Reader, channel, limit int) ([]int32, hw.Format, error) {
	format := r.Format()
	if channel < 0 || channel >= format.Channels {
		return nil, format, fmt.Errorf("wav: %s has channels 0 to %d, not %d", r.name, format.Channels-1, channel)
	}
	// The header's length is a hint that is believed up to a megabyte.
	n, _ := r.SampleTimes()
	pcm := make([]int32, 0, min(n, 1<<18))
	b := hw.Block{PCM: make([]int32, 1024*format.Channels)}
	for {
		err := r.Read(context.Background(), &b)
		switch {
		case errors.Is(err, io.EOF) && r.Truncated():
			return pcm, format, fmt.Errorf("wav: %s ends after %d samples: %w", r.name, len(pcm), ErrTruncated)
		case errors.Is(err, io.EOF):
			return pcm, format, nil
		case err != nil:
			return nil, format, err
		case len(pcm)+len(b.PCM)/format.Channels > limit:
			return nil, format, fmt.Errorf("wav: %s is longer than %d samples: cut it", r.name, limit)
		}
		for i := channel; i < len(b.PCM); i += format.Channels {
			pcm = append(pcm, b.PCM[i])
		}
	}
}
