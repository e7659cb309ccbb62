package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/auscult/auscult/hw"
)

// maxDataBytes keeps the RIFF size below 2^32 with any header of ours.
const maxDataBytes = math.MaxUint32 - 256 - aboutBytes

// Writer writes a WAV file whose length need not be known beforehand. Beyond 4 GiB it
// becomes an RF64 file, for which its header has room from the start.
type Writer struct {
	w      io.WriteSeeker
	format hw.Format
	about  *About
	buf    []byte
	data   uint64 // bytes of samples
	err    error
	most   uint64 // bytes of samples of a RIFF file; more make it RF64
}

// NewWriter writes a header to w, which stands at its start, and returns a
// Writer of samples in the given format; its BitsPerSample is 16, 24 or 32.
// The caller ends it with Close and then closes w. Until Flush is called the header
// says that samples reach to the end of the file, and afterwards how many there were
// then, so a recording that is cut off can be read.
// The file says what the samples are of, and by Lost what was lost while they were recorded.
func NewWriter(w io.WriteSeeker, format hw.Format, origin hw.Origin) (*Writer, error) {
	about := &About{Origin: origin}
	head, err := encodeHeader(format, layout{room: true, open: true, about: about})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(head); err != nil {
		return nil, fmt.Errorf("wav: write header: %w", err)
	}
	return &Writer{w: w, format: format, about: about, buf: make([]byte, 0, rawBytes), most: maxDataBytes}, nil
}

// Lost says that the next sample times to be written, so many, stand for what was lost: they keep
// what follows at its time.
func (w *Writer) Lost(times uint64) {
	if times == 0 {
		return
	}
	at := w.data / uint64(w.format.Channels*w.format.BitsPerSample/8)
	gaps := w.about.Gaps
	if n := len(gaps); n > 0 && gaps[n-1].At+gaps[n-1].Times == at {
		gaps[n-1].Times += times
		return
	}
	if gaps = append(gaps, Gap{At: at, Times: times}); len(gaps) > mostGaps {
		gaps = joinNearest(gaps, len(gaps)/16)
	}
	w.about.Gaps = gaps
}

// mostGaps is more than have room.
const mostGaps = aboutBytes / 16

// Measured says at which rate samples come, as far as is known by now.
func (w *Writer) Measured(rateHz float64) { w.about.Origin.RateHz = rateHz }

// Write appends samples in Q31, interleaved, whole sample times.
func (w *Writer) Write(pcm []int32) error {
	if w.err != nil {
		return w.err
	}
	if len(pcm)%w.format.Channels != 0 {
		return fmt.Errorf("wav: write %d samples: not whole sample times of %d channels", len(pcm), w.format.Channels)
	}
	width := w.format.BitsPerSample / 8
	for len(pcm) > 0 {
		n := min(len(pcm), cap(w.buf)/width)
		w.buf = appendPCM(w.buf[:0], pcm[:n], width)
		pcm = pcm[n:]
		m, err := w.w.Write(w.buf)
		w.data += uint64(m)
		if err != nil {
			w.err = fmt.Errorf("wav: write samples: %w", err)
			return w.err
		}
	}
	return nil
}

// Empty reports whether not a single sample time is in the file.
func (w *Writer) Empty() bool { return w.data < uint64(w.format.Channels*w.format.BitsPerSample/8) }

// Close pads the samples and writes their number into the header. It does not
// close the underlying writer.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("wav: write to a closed writer")
	if w.data%2 == 1 {
		if _, err := w.w.Write([]byte{0}); err != nil {
			return fmt.Errorf("wav: write padding: %w", err)
		}
	}
	return w.writeHeader()
}

// Flush writes the number of samples so far into the header, so that the file can be read
// whatever happens to the program. It may be called after a Write that failed: what was
// written before it is then in the file.
func (w *Writer) Flush() error { return w.writeHeader() }

// writeHeader brings the header up to date.
func (w *Writer) writeHeader() error {
	align := uint64(w.format.Channels * w.format.BitsPerSample / 8)
	head, err := encodeHeader(w.format, layout{
		data: w.data / align * align, room: true, long: w.data > w.most, about: w.about,
	})
	if err != nil {
		return err
	}
	if _, err := w.w.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	if _, err := w.w.Write(head); err != nil {
		return fmt.Errorf("wav: write header: %w", err)
	}
	if _, err := w.w.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("wav: %w", err)
	}
	return nil
}

// Write writes a whole recording: samples in Q31, interleaved, in the given
// format, whose BitsPerSample is 16, 24 or 32.
func Write(w io.Writer, format hw.Format, pcm []int32) error {
	data := uint64(len(pcm)) * uint64(format.BitsPerSample/8)
	head, err := encodeHeader(format, layout{data: data})
	if err != nil {
		return err
	}
	switch {
	case len(pcm)%format.Channels != 0:
		return fmt.Errorf("wav: write %d samples: not whole sample times of %d channels", len(pcm), format.Channels)
	case data > maxDataBytes:
		return fmt.Errorf("wav: write %d samples: the file would exceed 4 GiB", len(pcm))
	}
	out := bufio.NewWriter(w) // keeps the first error
	_, _ = out.Write(head)
	buf := make([]byte, 0, rawBytes)
	width := format.BitsPerSample / 8
	for len(pcm) > 0 {
		n := min(len(pcm), cap(buf)/width)
		buf = appendPCM(buf[:0], pcm[:n], width)
		pcm = pcm[n:]
		_, _ = out.Write(buf)
	}
	if data%2 == 1 {
		_ = out.WriteByte(0)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("wav: write: %w", err)
	}
	return nil
}

// layout is how a header is written.
type layout struct {
	data uint64 // bytes of samples
	open bool   // they reach to the end of the file
	room bool   // a chunk keeps room for sizes of 64 bits (EBU Tech 3306, section 3)
	long bool   // that room is used
	// about has a chunk of its own; nil: there is none.
	about *About
}

// encodeHeader returns all that precedes the samples.
func encodeHeader(f hw.Format, l layout) ([]byte, error) {
	switch {
	case f.BitsPerSample != 16 && f.BitsPerSample != 24 && f.BitsPerSample != 32:
		return nil, fmt.Errorf("wav: write samples of %d bits: must be 16, 24 or 32", f.BitsPerSample)
	case f.Channels < 1 || f.Channels > MaxChannels:
		return nil, fmt.Errorf("wav: write %d channels: must be 1 to %d", f.Channels, MaxChannels)
	case f.SampleRateHz < 1 || f.SampleRateHz > MaxSampleRateHz:
		return nil, fmt.Errorf("wav: write at %d Hz: must be 1 to %d", f.SampleRateHz, MaxSampleRateHz)
	}
	le := binary.LittleEndian
	align := f.Channels * f.BitsPerSample / 8
	extensible := f.Channels > 2
	tag, size := uint16(tagPCM), uint32(16)
	if extensible {
		tag, size = tagExtensible, extensibleBytes
	}
	total := 4 + 8 + uint64(size) + 8 + l.data + l.data&1 // of the file behind its first 8 bytes
	if l.room {
		total += 8 + ds64Bytes
	}
	if l.about != nil {
		total += 8 + aboutBytes
	}
	id, riff, announce := "RIFF", uint32(math.MaxUint32), uint32(math.MaxUint32)
	switch {
	case l.long:
		id = "RF64"
	case !l.open:
		riff, announce = uint32(total), uint32(l.data)
	}

	b := append([]byte(nil), id...)
	b = le.AppendUint32(b, riff)
	b = append(b, "WAVE"...)
	switch {
	case l.long:
		b = append(b, "ds64"...)
		b = le.AppendUint32(b, ds64Bytes)
		b = le.AppendUint64(b, total)
		b = le.AppendUint64(b, l.data)
		b = le.AppendUint64(b, l.data/uint64(align))
		b = le.AppendUint32(b, 0) // no table of other long chunks
	case l.room:
		b = append(b, "JUNK"...)
		b = le.AppendUint32(b, ds64Bytes)
		b = append(b, make([]byte, ds64Bytes)...)
	}
	b = append(b, "fmt "...)
	b = le.AppendUint32(b, size)
	b = le.AppendUint16(b, tag)
	b = le.AppendUint16(b, uint16(f.Channels))
	b = le.AppendUint32(b, uint32(f.SampleRateHz))
	b = le.AppendUint32(b, uint32(min(int64(f.SampleRateHz)*int64(align), math.MaxUint32)))
	b = le.AppendUint16(b, uint16(align))
	b = le.AppendUint16(b, uint16(f.BitsPerSample))
	if extensible {
		b = le.AppendUint16(b, 22)
		b = le.AppendUint16(b, uint16(f.BitsPerSample))
		b = le.AppendUint32(b, 0) // channels have no loudspeaker positions
		b = le.AppendUint16(b, tagPCM)
		b = append(b, subFormatTail...)
	}
	b, err := appendAbout(b, l.about)
	if err != nil {
		return nil, err
	}
	b = append(b, "data"...)
	return le.AppendUint32(b, announce), nil
}

// appendPCM appends samples rounded to width bytes, halves upwards, clamped at
// the largest value.
func appendPCM(b []byte, pcm []int32, width int) []byte {
	shift := 32 - 8*width
	half := int64(1) << shift >> 1
	for _, x := range pcm {
		v := min((int64(x)+half)>>shift, math.MaxInt32>>shift)
		for range width {
			b = append(b, byte(v))
			v >>= 8
		}
	}
	return b
}
