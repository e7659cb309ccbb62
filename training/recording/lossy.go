package recording

import (
	"fmt"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
)

// packets decodes a stream of packets of floats, for a listener: what coding loses is told.
type packets struct {
	f      hw.Format
	codec  string
	stream *oggStream
	unpack func(packet []byte) ([]float32, error) // interleaved; valid until the next call

	early int64 // sample times at the beginning that are none
	done  int64 // sample times, early ones included
	buf   []float32
}

func (p *packets) format() hw.Format  { return p.f }
func (p *packets) sampleTimes() int64 { return -1 }
func (p *packets) truncated() bool    { return p.stream.cut }

func (p *packets) notes() []string {
	notes := []string{lossyNote(p.codec)}
	if p.stream.more {
		notes = append(notes, "there is more than one stream in the file: the first is used")
	}
	return notes
}

// lossyNote is what a listener should know of a codec.
func lossyNote(codec string) string {
	return fmt.Sprintf("%s leaves out or changes what people do not hear, most in the upper bands: "+
		"learn and judge by recordings that were never coded so, as WAV or FLAC", codec)
}

func (p *packets) decode(dst []int32) (int, error) {
	for len(p.buf) == 0 {
		packet, err := p.stream.next()
		if err != nil {
			return 0, err
		}
		if err := p.take(&packet); err != nil {
			return 0, err
		}
	}
	n := min(len(dst)/p.f.Channels*p.f.Channels, len(p.buf))
	for i, x := range p.buf[:n] {
		dst[i] = pcm.FromFloat(float64(x))
	}
	p.buf = p.buf[n:]
	return n / p.f.Channels, nil
}

// take decodes a packet, and cuts what the stream says is too early or too late.
func (p *packets) take(packet *oggPacket) error {
	x, err := p.unpack(packet.data)
	if err != nil {
		return fmt.Errorf("%s: %w", p.codec, err)
	}
	times := int64(len(x) / p.f.Channels)
	from := min(max(p.early-p.done, 0), times)
	to := times
	if packet.last && packet.granule >= 0 {
		to = max(from, min(to, packet.granule-p.done))
	}
	p.done += times
	p.buf = x[from*int64(p.f.Channels) : to*int64(p.f.Channels)]
	return nil
}

// openOgg reads what is in an Ogg file, by its first packet.
func openOgg(r *source) (decoder, error) {
	s := &oggStream{r: r}
	first, err := s.header("ogg")
	if err != nil {
		return nil, err
	}
	switch b := string(first.data[:min(len(first.data), 8)]); {
	case b == "OpusHead":
		return openOpus(s, first.data)
	case len(b) > 6 && b[:7] == "\x01vorbis":
		return openVorbis(s, first.data)
	default:
		return nil, fmt.Errorf("ogg: neither Vorbis nor Opus, it starts with %q: %s", b, convertIt)
	}
}
