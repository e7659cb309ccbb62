package recording

import (
	"fmt"
	"io"

	"github.com/auscult/auscult/hw/wav"
)

// openRIFF reads RIFF, RIFX, RF64 and BW64.
func openRIFF(s *source) (decoder, error) {
	h, err := wav.ReadHeader(s)
	if err != nil {
		return nil, err
	}
	if !h.Encoding.Valid() {
		return openCoded(&h, h.Data)
	}
	s.about = h.About
	return newRaw(h.Format, h.Encoding, h.Data, -1), nil
}

// cutShort says at the end of samples' bytes whether it came early, and sizeNotes what is odd of
// their size: within a WAV file Data knows it.
func cutShort(r io.Reader) bool {
	d, ok := r.(*wav.Data)
	return ok && d.Truncated()
}

func sizeNotes(r io.Reader) []string {
	if d, ok := r.(*wav.Data); ok {
		return d.Notes()
	}
	return nil
}

// openCoded reads coded samples of a file with a WAV file's header.
func openCoded(h *wav.Header, r io.Reader) (decoder, error) {
	switch h.Tag {
	case wav.TagIMAADPCM, wav.TagMSADPCM:
		return openADPCM(h, r)
	case wav.TagMP3:
		return openGuarded(func() (decoder, error) { return openMP3(newSource(r, nil)) })
	}
	return nil, fmt.Errorf("wav: samples of the format %#04x%s are not read: %s", h.Tag, wav.TagName(h.Tag), convertIt)
}

const convertIt = "convert it, as by 'ffmpeg -i FILE -c:a pcm_s16le FILE.wav'"
