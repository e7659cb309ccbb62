package recording

import (
	"fmt"
	"io"

	"github.com/auscult/auscult/hw/wav"
)

// waves is a decoder of a WAV file's uncompressed samples: Data knows how it ends.
type waves struct {
	*raw
	data *wav.Data
}

// waveFloats is waves where the samples are floats.
type waveFloats struct {
	floats
	data *wav.Data
}

func (w waves) truncated() bool      { return w.cut || w.data.Truncated() }
func (w waves) notes() []string      { return w.data.Notes() }
func (w waveFloats) truncated() bool { return w.cut || w.data.Truncated() }
func (w waveFloats) notes() []string { return w.data.Notes() }

// openRIFF reads RIFF, RIFX, RF64 and BW64.
func openRIFF(r io.Reader) (decoder, error) {
	h, err := wav.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if !h.Encoding.Valid() {
		return openCoded(&h, h.Data)
	}
	d := newRaw(h.Format, h.Encoding, h.Data, -1)
	switch d := d.(type) {
	case floats:
		d.times = h.Data.SampleTimes()
		return waveFloats{d, h.Data}, nil
	case *raw:
		d.times = h.Data.SampleTimes()
		return waves{d, h.Data}, nil
	}
	return d, nil
}

// openCoded reads coded samples of a file with a WAV file's header.
func openCoded(h *wav.Header, r io.Reader) (decoder, error) {
	switch h.Tag {
	case wav.TagIMAADPCM, wav.TagMSADPCM:
		return openADPCM(h, r)
	case wav.TagMP3:
		return openGuarded(func() (decoder, error) { return openMP3(newSource(r)) })
	}
	return nil, fmt.Errorf("wav: samples of the format %#04x%s are not read: %s", h.Tag, wav.TagName(h.Tag), convertIt)
}

const convertIt = "convert it, as by 'ffmpeg -i FILE -c:a pcm_s16le FILE.wav'"
