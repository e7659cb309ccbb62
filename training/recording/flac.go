package recording

import (
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"

	"github.com/auscult/auscult/hw"
)

// flacs reads FLAC, a frame at a time.
type flacs struct {
	s     *flac.Stream
	f     hw.Format
	frame *frame.Frame
	at    int    // next sample time of the frame
	done  uint64 // sample times
	cut   bool
}

func openFLAC(r *source) (decoder, error) {
	s, err := flac.New(r)
	if err != nil {
		return nil, fmt.Errorf("flac: the header cannot be read, the file is damaged or cut off: %w", err)
	}
	f := hw.Format{
		SampleRateHz: int(s.Info.SampleRate), Channels: int(s.Info.NChannels), BitsPerSample: int(s.Info.BitsPerSample),
	}
	if f.BitsPerSample < 4 || f.BitsPerSample > 32 {
		return nil, fmt.Errorf("flac: samples of %d bits: must be 4 to 32", f.BitsPerSample)
	}
	return &flacs{s: s, f: f}, checkFormat(f, "flac")
}

func (d *flacs) format() hw.Format { return d.f }
func (d *flacs) truncated() bool   { return d.cut }
func (d *flacs) notes() []string   { return nil }

func (d *flacs) sampleTimes() int64 {
	if d.s.Info.NSamples == 0 {
		return -1
	}
	return int64(d.s.Info.NSamples)
}

func (d *flacs) decode(pcm []int32) (n int, err error) {
	for d.frame == nil || d.at == len(d.frame.Subframes[0].Samples) {
		if err := d.next(); err != nil {
			return 0, err
		}
	}
	shift := 32 - d.f.BitsPerSample
	n = min(len(pcm)/d.f.Channels, len(d.frame.Subframes[0].Samples)-d.at)
	for c, sub := range d.frame.Subframes {
		for i, v := range sub.Samples[d.at : d.at+n] {
			pcm[i*d.f.Channels+c] = v << shift
		}
	}
	d.at += n
	d.done += uint64(n)
	return n, nil
}

// next reads the next frame.
func (d *flacs) next() error {
	total := d.s.Info.NSamples
	if total > 0 && d.done >= total {
		return io.EOF // what follows, such as a tag, is no sound
	}
	f, err := d.s.Next()
	if errors.Is(err, io.EOF) {
		d.cut = total > 0
		return io.EOF
	}
	if err == nil {
		if f.BitsPerSample == 0 { // as the header says
			f.BitsPerSample = d.s.Info.BitsPerSample
		}
		err = f.Parse()
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		d.cut = true
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("flac: %w", err)
	}
	if len(f.Subframes) != d.f.Channels || int(f.BitsPerSample) != d.f.BitsPerSample {
		return fmt.Errorf("flac: %d channels of %d bits within a file of %v", len(f.Subframes), f.BitsPerSample, d.f)
	}
	for _, sub := range f.Subframes {
		if len(sub.Samples) != len(f.Subframes[0].Samples) {
			return errors.New("flac: channels of different lengths")
		}
	}
	d.frame, d.at = f, 0
	return nil
}
