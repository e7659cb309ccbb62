package recording

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
)

// auEncodings are the numbers of Sun's AU that are read.
var auEncodings = map[uint32]pcm.Encoding{
	1:  {Kind: pcm.MuLaw, Bytes: 1},
	2:  {Kind: pcm.Integer, Bytes: 1},
	3:  {Kind: pcm.Integer, Bytes: 2},
	4:  {Kind: pcm.Integer, Bytes: 3},
	5:  {Kind: pcm.Integer, Bytes: 4},
	6:  {Kind: pcm.Float, Bytes: 4},
	7:  {Kind: pcm.Float, Bytes: 8},
	27: {Kind: pcm.ALaw, Bytes: 1},
}

// openAU reads Sun's and NeXT's AU, in either order of bytes.
func openAU(r *source) (decoder, error) {
	var head [24]byte
	if err := readAll(r, head[:], "au"); err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(head[:4]) == "dns." {
		order = binary.LittleEndian
	}
	enc, ok := auEncodings[order.Uint32(head[12:])]
	if !ok {
		return nil, fmt.Errorf("au: samples of the encoding %d are not read: %s", order.Uint32(head[12:]), convertIt)
	}
	enc.BigEndian = order == binary.BigEndian
	f := hw.Format{
		SampleRateHz: int(min(order.Uint32(head[16:]), math.MaxInt32)),
		Channels:     int(min(order.Uint32(head[20:]), math.MaxInt32)), BitsPerSample: enc.Bits(),
	}
	if err := checkFormat(f, "au"); err != nil {
		return nil, err
	}
	offset, size := order.Uint32(head[4:]), order.Uint32(head[8:])
	if offset < 24 {
		return nil, fmt.Errorf("au: samples begin at byte %d, inside the header", offset)
	}
	times := int64(size) / int64(enc.Bytes*f.Channels)
	if size == math.MaxUint32 || size == 0 {
		times = -1
	}
	return newRaw(f, enc, r, times), skip(r, uint64(offset-24), "au")
}
