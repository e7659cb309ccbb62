package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/hajimehoshi/go-mp3"

	"github.com/auscult/auscult/hw"
)

// mp3s reads MPEG layer 3, of which the decoder makes 16 bits of two channels.
type mp3s struct {
	d     *mp3.Decoder
	f     hw.Format
	early int64 // sample times at the beginning that are none
	left  int64 // sample times, -1: to the end
	times int64
	raw   []byte
}

// openMP3 reads a file that begins with a frame.
func openMP3(s *source) (decoder, error) {
	begin, _ := s.Peek(1 << 11)
	h, err := parseFrame(begin)
	if err != nil {
		return nil, err
	}
	d, err := mp3.NewDecoder(s)
	if err != nil {
		return nil, fmt.Errorf("mp3: the file is damaged or cut off, or not layer 3: %w", err)
	}
	f := hw.Format{SampleRateHz: d.SampleRate(), Channels: h.channels, BitsPerSample: 16}
	early, times := h.gapless(begin)
	return &mp3s{d: d, f: f, early: early, left: times, times: times, raw: make([]byte, rawBytes)}, checkFormat(f, "mp3")
}

func (d *mp3s) format() hw.Format  { return d.f }
func (d *mp3s) sampleTimes() int64 { return d.times }
func (d *mp3s) truncated() bool    { return d.left > 0 }
func (d *mp3s) notes() []string    { return []string{lossyNote("MP3")} }

func (d *mp3s) decode(pcm []int32) (n int, err error) {
	const unit = 4
	for n == 0 {
		want := min(len(pcm)/d.f.Channels, len(d.raw)/unit)
		if d.left >= 0 && d.early == 0 {
			want = int(min(int64(want), d.left))
		}
		if d.left == 0 {
			return 0, io.EOF
		}
		got, err := io.ReadFull(d.d, d.raw[:want*unit])
		if got < unit {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return 0, err
		}
		times := got / unit
		skipped := int(min(d.early, int64(times)))
		d.early -= int64(skipped)
		n = times - skipped
		for i := range n {
			b := d.raw[(skipped+i)*unit:]
			for c := range d.f.Channels {
				pcm[i*d.f.Channels+c] = int32(binary.LittleEndian.Uint16(b[2*c:])) << 16
			}
		}
		if d.left > 0 {
			d.left = max(0, d.left-int64(n))
		}
	}
	return n, nil
}

// mp3Frame is a frame's header.
type mp3Frame struct {
	channels int
	times    int64 // sample times of a frame
	side     int   // bytes between the header and what follows the side information
}

// isFrame says whether bytes may be a frame's header of layer 3.
func isFrame(b []byte) bool {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return false
	}
	version, layer, bitRate, rate := b[1]>>3&3, b[1]>>1&3, b[2]>>4, b[2]>>2&3
	return version != 1 && layer == 1 && bitRate != 15 && rate != 3
}

func parseFrame(b []byte) (h mp3Frame, err error) {
	if !isFrame(b) {
		return h, fmt.Errorf("mp3: no frame where one should begin: %s", convertIt)
	}
	h = mp3Frame{channels: 2, times: 1152, side: 32}
	mono := b[3]>>6 == 3
	if mono {
		h.channels, h.side = 1, 17
	}
	switch b[1] >> 3 & 3 {
	case 0:
		return h, fmt.Errorf("mp3: rates of 8000 to 12000 Hz (MPEG 2.5) are not read: %s", convertIt)
	case 2:
		h.times, h.side = 576, 17
		if mono {
			h.side = 9
		}
	}
	return h, nil
}

// gapless returns how many sample times at the beginning are the coder's own, and how many
// there are behind them, -1 where the first frame does not say: what LAME writes there.
func (h mp3Frame) gapless(b []byte) (early, times int64) {
	const decoderDelay = 529
	info := b[min(len(b), 4+h.side):]
	if len(info) < 160 || string(info[:4]) != "Xing" && string(info[:4]) != "Info" {
		return 0, -1
	}
	flags, at := binary.BigEndian.Uint32(info[4:]), 8
	early, times = h.times, -1 // the frame itself is no sound
	frames := int64(0)
	if flags&1 != 0 {
		frames = int64(binary.BigEndian.Uint32(info[at:]))
		at += 4
	}
	for bit, size := range map[uint32]int{2: 4, 4: 100, 8: 4} {
		if flags&bit != 0 {
			at += size
		}
	}
	if lame := info[at:]; len(lame) >= 24 && slices.Contains([]string{"LAME", "Lavc", "Lavf"}, string(lame[:4])) {
		delay := int64(lame[21])<<4 | int64(lame[22]>>4)
		padding := int64(lame[22]&15)<<8 | int64(lame[23])
		early += delay + decoderDelay
		if frames > 0 {
			times = max(0, frames*h.times-delay-padding)
		}
	}
	return early, times
}
