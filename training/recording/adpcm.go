package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// blocks reads ADPCM: each block of bytes holds the same number of sample times.
type blocks struct {
	f      hw.Format
	r      io.Reader
	in     []byte
	out    []int32 // sample times of a block
	at     int     // next value of out
	unpack func(out []int32, in []byte, channels int)
	cut    bool
}

// openADPCM reads IMA's or Microsoft's ADPCM as WAV files hold it.
func openADPCM(h *wav.Header, r io.Reader) (decoder, error) {
	channels := h.Format.Channels
	b := &blocks{f: h.Format, r: r}
	times := 0
	switch h.Tag {
	case wav.TagIMAADPCM:
		// Four bytes of each channel in turn.
		times = 1 + (h.Align/channels-4)/4*8
		b.unpack = imaBlock
	default:
		times = 2 + (h.Align-7*channels)*2/channels
		b.unpack = msBlock
	}
	if times < 2 || channels > 2 {
		return nil, fmt.Errorf("wav: ADPCM of %d channels in blocks of %d bytes: %s", channels, h.Align, convertIt)
	}
	b.in, b.out = make([]byte, h.Align), make([]int32, times*channels)
	b.at = len(b.out)
	return b, nil
}

func (b *blocks) format() hw.Format  { return b.f }
func (b *blocks) sampleTimes() int64 { return -1 }
func (b *blocks) truncated() bool    { return b.cut || cutShort(b.r) }

func (b *blocks) notes() []string {
	notes := []string{"the samples are coded in 4 bits (ADPCM), which adds noise to all bands: record as PCM or FLAC"}
	return append(notes, sizeNotes(b.r)...)
}

func (b *blocks) decode(pcm []int32) (int, error) {
	if b.at == len(b.out) {
		_, err := io.ReadFull(b.r, b.in)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			b.cut = true
			err = io.EOF
		}
		if err != nil {
			return 0, err
		}
		b.unpack(b.out, b.in, b.f.Channels)
		b.at = 0
	}
	n := copy(pcm[:len(pcm)/b.f.Channels*b.f.Channels], b.out[b.at:])
	b.at += n
	return n / b.f.Channels, nil
}

// imaSteps and imaMoves are IMA's tables: sizes of steps, and how a code moves among them.
var (
	imaSteps = [89]int32{
		7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31,
		34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143,
		157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
		724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024,
		3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899,
		15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
	}
	imaMoves = [8]int32{-1, -1, -1, -1, 2, 4, 6, 8}
)

// imaBlock decodes a block: for each channel a sample and a place among the steps, then its
// codes, eight of a channel at a time.
func imaBlock(out []int32, in []byte, channels int) {
	for c := range channels {
		value, index := int32(int16(binary.LittleEndian.Uint16(in[4*c:]))), min(int32(in[4*c+2]), 88)
		out[c] = value << 16
		at := c + channels
		for group := 4 * (channels + c); at+7*channels < len(out) && group+4 <= len(in); group += 4 * channels {
			for _, codes := range in[group : group+4] {
				for _, code := range [2]byte{codes & 15, codes >> 4} {
					value = clamp16(value + imaDifference(code, imaSteps[index]))
					index = max(0, min(index+imaMoves[code&7], 88))
					out[at] = value << 16
					at += channels
				}
			}
		}
	}
}

// imaDifference returns what a code of a sign and three bits adds: halves, quarters and eighths
// of a step twice as large, and an eighth of the step.
func imaDifference(code byte, step int32) int32 {
	diff := step >> 3
	for bit := range int32(3) {
		if code>>bit&1 != 0 {
			diff += step >> (2 - bit)
		}
	}
	if code&8 != 0 {
		return -diff
	}
	return diff
}

// msFirst and msSecond weigh the two samples before, in 256ths; msAdapt changes the step.
var (
	msFirst  = [7]int32{256, 512, 0, 192, 240, 460, 392}
	msSecond = [7]int32{0, -256, 0, 64, 0, -208, -232}
	msAdapt  = [16]int32{230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230}
)

// msBlock decodes a block: the channels' predictors, steps, second and first samples, then
// their codes in turn.
func msBlock(out []int32, in []byte, channels int) {
	var kind, step, last, before [2]int32
	word := func(field, c int) int32 {
		return int32(int16(binary.LittleEndian.Uint16(in[channels+2*(field*channels+c):])))
	}
	for c := range channels {
		kind[c] = min(int32(in[c]), 6)
		step[c], last[c], before[c] = word(0, c), word(1, c), word(2, c)
		out[c], out[channels+c] = before[c]<<16, last[c]<<16
	}
	at := 2 * channels
	for _, codes := range in[7*channels:] {
		for _, code := range [2]byte{codes >> 4, codes & 15} {
			if at == len(out) {
				return
			}
			c := at % channels
			value := (last[c]*msFirst[kind[c]] + before[c]*msSecond[kind[c]]) >> 8
			value = clamp16(value + (int32(code)^8-8)*step[c])
			step[c] = max(msAdapt[code]*step[c]>>8, 16)
			before[c], last[c] = last[c], value
			out[at] = value << 16
			at++
		}
	}
}

func clamp16(v int32) int32 { return max(-1<<15, min(v, 1<<15-1)) }
