package content

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
)

// Limits of what a picture lets be heard.
const (
	heardHz     = 16000 // of the sound in a page
	slowestHz   = 4000  // below that it is vibration, which no browser plays
	deepestS    = 600   // how far into a recording is read for it
	maxHeardDB  = 40    // by which it is amplified: machines are often recorded far below full scale
	topDBFS     = -3    // to which its peak is brought
	heardPassHz = 7000  // up to where a conversion is flat
)

// record gives a picture its sound. What cannot be had is left out: a page does without.
func (e *easel) record(ctx context.Context, p *Picture, c *evaluate.Clip) {
	name, from := c.File, p.StartS
	if c.Recording != "" {
		name, from = c.Recording, c.StartS+p.StartS
	}
	clip := e.byName[name]
	length := float64(p.Frames) * e.hopS()
	if clip == nil || from+length > deepestS {
		return
	}
	pieces, rateHz, err := clip.ReadPieces(ctx, e.channel, dataset.Cut{FromS: from, ToS: from + length})
	if err != nil || len(pieces) == 0 || rateHz < slowestHz {
		return
	}
	pcm := pieces[0]
	if rateHz > heardHz {
		if pcm = converted(pcm, rateHz); pcm == nil {
			return
		}
		rateHz = heardHz
	}
	p.WAV, p.GainDB = playable(pcm, rateHz)
}

// converted returns samples at heardHz, or nil where their rate cannot be converted.
func converted(pcm []int32, rateHz int) (out []int32) {
	r, err := resample.New(rateHz, heardHz, heardPassHz)
	if err != nil {
		return nil
	}
	r.Write(pcm, func(block []int32) { out = append(out, block...) })
	return out
}

// playable writes samples as a WAV file whose peak is near full scale, without a constant,
// and says by how much they were amplified. Silence has none.
func playable(pcm []int32, rateHz int) (wav []byte, gainDB float64) {
	mean, peak := 0.0, 0.0
	for _, v := range pcm {
		mean += float64(v) / float64(len(pcm))
	}
	for _, v := range pcm {
		peak = max(peak, math.Abs(float64(v)-mean))
	}
	if peak == 0 {
		return nil, 0
	}
	const full = 1 << 31
	gainDB = min(maxHeardDB, topDBFS-20*math.Log10(peak/full))
	gain := math.Pow(10, gainDB/20) * math.MaxInt16 / full
	var b bytes.Buffer
	samples := uint32(len(pcm))
	for _, part := range []any{
		[]byte("RIFF"), uint32(4+8+18+8+4+8) + samples + samples%2, []byte("WAVEfmt "),
		uint32(18), uint16(formatMuLaw), uint16(1), uint32(rateHz), uint32(rateHz), uint16(1), uint16(8), uint16(0),
		[]byte("fact"), uint32(4), samples, []byte("data"), samples,
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // to memory
	}
	out := b.Bytes()
	for _, v := range pcm {
		out = append(out, muLaw(int(math.RoundToEven((float64(v)-mean)*gain))))
	}
	if samples%2 == 1 {
		out = append(out, 0)
	}
	return out, gainDB
}

// formatMuLaw is the number of G.711's mu-law in WAV files: half of what 16 bits take, every browser
// plays it, and the ear hears no difference in what a machine says.
const formatMuLaw = 7

// muLaw encodes a sample of 16 bits as ITU-T G.711 has it.
func muLaw(sample int) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0x80)
	if sample < 0 {
		sign, sample = 0, -sample
	}
	sample = min(sample, clip) + bias
	exponent := bits.Len(uint(sample)) - 8
	return ^(sign ^ 0x80 | byte(exponent<<4) | byte(sample>>(exponent+3)&0xf))
}
