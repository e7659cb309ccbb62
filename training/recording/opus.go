package recording

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pion/opus"

	"github.com/auscult/auscult/hw"
)

// opusRateHz is what Opus decodes to, whatever it was made of.
const opusRateHz = 48000

// opusFrame is the most that a packet holds: 120 ms.
const opusFrame = opusRateHz * 120 / 1000

// openOpus reads Opus in Ogg, RFC 7845.
func openOpus(s *oggStream, head []byte) (decoder, error) {
	if len(head) < 19 {
		return nil, fmt.Errorf("opus: a header of %d bytes: needs 19", len(head))
	}
	channels, family := int(head[9]), head[18]
	if head[8]>>4 != 0 || family != 0 || channels < 1 || channels > 2 {
		return nil, fmt.Errorf("opus: %d channels of mapping family %d are not read, only 1 and 2 of family 0: %s",
			channels, family, convertIt)
	}
	d, err := opus.NewDecoderWithOutput(opusRateHz, channels)
	if err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	if _, err := s.header("opus"); err != nil { // the comment
		return nil, err
	}
	gain := float32(math.Pow(10, float64(int16(binary.LittleEndian.Uint16(head[16:])))/256/20))
	out := make([]float32, opusFrame*channels)
	return &packets{
		f:     hw.Format{SampleRateHz: opusRateHz, Channels: channels, BitsPerSample: 24},
		codec: "Opus", stream: s, early: int64(binary.LittleEndian.Uint16(head[10:])),
		unpack: func(packet []byte) ([]float32, error) {
			n, err := d.DecodeToFloat32(packet, out)
			if err != nil {
				return nil, err
			}
			for i := range out[:n*channels] {
				out[i] *= gain
			}
			return out[:n*channels], nil
		},
	}, nil
}
