package recording

import (
	"errors"
	"io"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
	"github.com/auscult/auscult/hw/wav"
)

// raw reads uncompressed samples.
type raw struct {
	f    hw.Format
	enc  pcm.Encoding
	data io.Reader // the samples' bytes
	// left is how many sample times are still to come, -1: to the end of data, whose
	// length is then its own to know.
	left  int64
	times int64 // announced
	cut   bool
	room  *room // nil until it is needed, and again behind the end
}

// floats is raw where the samples are floats.
type floats struct{ *raw }

const rawBytes = 32 << 10

// newRaw returns a decoder of so many sample times, -1 up to the end of data.
func newRaw(f hw.Format, enc pcm.Encoding, data io.Reader, times int64) decoder {
	r := &raw{f: f, enc: enc, data: data, left: times, times: times}
	if d, ok := data.(*wav.Data); ok {
		r.times = d.SampleTimes()
	}
	if enc.Kind == pcm.Float {
		return floats{r}
	}
	return r
}

func (r *raw) format() hw.Format  { return r.f }
func (r *raw) sampleTimes() int64 { return r.times }
func (r *raw) truncated() bool    { return r.cut || cutShort(r.data) }
func (r *raw) notes() []string    { return sizeNotes(r.data) }

// take reads up to n sample times and returns their bytes.
func (r *raw) take(n int) ([]byte, error) {
	if r.room == nil {
		r.room = rooms.Get().(*room)
		r.room.bytes = sized(r.room.bytes, rawBytes)
	}
	buf := r.room.bytes
	unit := r.enc.Bytes * r.f.Channels
	n = min(n, len(buf)/unit)
	if r.left >= 0 {
		n = int(min(int64(n), r.left))
	}
	if n == 0 {
		return nil, io.EOF
	}
	got, err := io.ReadFull(r.data, buf[:n*unit])
	whole := got / unit
	if r.left >= 0 {
		r.left -= int64(whole)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.cut = r.left > 0 || got%unit != 0
		err = nil
	}
	if whole == 0 && err == nil {
		err = io.EOF
	}
	return buf[:whole*unit], err
}

func (r *raw) leave() {
	if r.room != nil {
		rooms.Put(r.room)
		r.room = nil
	}
}

func (r *raw) decode(dst []int32) (int, error) {
	b, err := r.take(len(dst) / r.f.Channels)
	r.enc.Decode(dst, b)
	return len(b) / (r.enc.Bytes * r.f.Channels), err
}

func (r floats) decodeFloats(x []float64) (int, error) {
	b, err := r.take(len(x) / r.f.Channels)
	r.enc.Floats(x, b)
	return len(b) / (r.enc.Bytes * r.f.Channels), err
}
