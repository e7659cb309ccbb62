package alsa

import (
	"encoding/hex"
	"math"
	"testing"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
)

// TestDecode compares with what asound.h says of each format: sample bytes in the order of
// memory, and the value, of full scale 2^31, that they stand for.
func TestDecode(t *testing.T) {
	const low, high = math.MinInt32, math.MaxInt32
	want := map[string]map[string]int32{
		"S32_LE":  {"78563412": 0x12345678, "00000080": low, "ffffff7f": high},
		"S32_BE":  {"12345678": 0x12345678, "80000000": low},
		"U32_LE":  {"00000080": 0, "00000000": low, "ffffffff": high},
		"U32_BE":  {"80000000": 0, "80000001": 1},
		"S24_LE":  {"56341200": 0x12345600, "563412ff": 0x12345600, "000080ff": low, "ffffffff": -256},
		"S24_BE":  {"ff123456": 0x12345600, "00800000": low},
		"S24_3LE": {"563412": 0x12345600, "000080": low},
		"S24_3BE": {"123456": 0x12345600, "800000": low},
		"U24_LE":  {"00008000": 0, "00000000": low, "01008000": 256},
		"U24_BE":  {"00800000": 0},
		"U24_3LE": {"000080": 0, "ffffff": 0x7fffff00},
		"U24_3BE": {"800000": 0, "800001": 256},
		"FLOAT_LE": {
			"0000003f": 1 << 30, "000080bf": low, "0000803f": high, "0000c07f": 0, "0000807f": high, "000080ff": low,
		},
		"FLOAT_BE":   {"3f000000": 1 << 30, "bf800000": low},
		"FLOAT64_LE": {"000000000000e03f": 1 << 30, "000000000000f0bf": low, "000000000000f87f": 0, "000000000000103e": 2},
		"FLOAT64_BE": {"3fe0000000000000": 1 << 30},
		"S20_LE":     {"45230100": 0x12345000, "0000f8ff": low, "000008a5": low},
		"S20_BE":     {"00012345": 0x12345000},
		"S20_3LE":    {"452301": 0x12345000, "0000f8": low, "000008": low},
		"S20_3BE":    {"012345": 0x12345000},
		"S18_3LE":    {"d14800": 0x12344000, "000002": low, "0000fe": low},
		"S18_3BE":    {"0048d1": 0x12344000},
		"S16_LE":     {"3412": 0x12340000, "0080": low},
		"S16_BE":     {"1234": 0x12340000, "8000": low},
		"U16_LE":     {"0080": 0, "0000": low},
		"U16_BE":     {"8000": 0, "9234": 0x12340000},
		"S8":         {"12": 0x12000000, "80": low},
		"U8":         {"80": 0, "00": low, "ff": 0x7f000000},
	}
	for _, e := range encodings {
		if len(want[e.name]) == 0 {
			t.Errorf("%s has no example", e.name)
		}
		for text, value := range want[e.name] {
			src, err := hex.DecodeString(text)
			if err != nil || len(src) != e.bytes {
				t.Fatalf("%s: %s has %d bytes, want %d", e.name, text, len(src), e.bytes)
			}
			dst := make([]int32, 1)
			if e.decode(dst, src, -1); dst[0] != value {
				t.Errorf("%s: %s is %#x, want %#x", e.name, text, dst[0], value)
			}
			if got := e.sample(src); got != value {
				t.Errorf("%s: %s is %#x by itself, want %#x", e.name, text, got, value)
			}
			if e.decode(dst, src, -1<<16); dst[0]&0xffff != 0 {
				t.Errorf("%s: %s is %#x with 16 bits", e.name, text, dst[0])
			}
		}
		delete(want, e.name)
	}
	if len(want) > 0 {
		t.Errorf("no encodings: %v", want)
	}
}

// TestEveryEncoding reads each from a card, with channels interleaved and one by one.
func TestEveryEncoding(t *testing.T) {
	for _, e := range encodings {
		for _, planar := range []bool{false, true} {
			c := newSimCard(t)
			c.encodings, c.planar, c.msbits, c.rate = []uint{e.value}, planar, 0, 192000
			c.channels = [2]uint32{3, 3}
			o := c.options()
			o.Period, o.Buffer = 2*time.Millisecond, 150*time.Millisecond
			s, err := Open("", o)
			if err != nil {
				t.Fatal(err)
			}
			b := hw.Block{PCM: make([]int32, 3*384)}
			for range 5 {
				if err := s.Read(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				shift := 8 // the card counts in 24 bits
				if e.bits < 24 {
					shift = 32 - e.bits
				}
				first := b.PCM[0] >> shift
				for i := 0; i < len(b.PCM); i += 3 {
					want := (first + int32(i/3)) << shift >> shift
					left, right, third := b.PCM[i]>>shift, b.PCM[i+1]>>shift, b.PCM[i+2]>>shift
					if left != want || third != want || right != ^left {
						t.Fatalf("%s, planar %v: sample %d is %#x, %#x, %#x, want %#x", e.name, planar, i/3, left, right, third, want)
					}
				}
			}
			if s.Ring().Encoding != e.name {
				t.Errorf("ring %+v, want %s", s.Ring(), e.name)
			}
			if err := s.Halt(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestConformsPlanar reads channels one by one, as a source must.
func TestConformsPlanar(t *testing.T) {
	c := newSimCard(t)
	c.planar, c.channels = true, [2]uint32{8, 8}
	hwtest.TestSource(t, func(t *testing.T) hw.Source {
		o := c.options()
		o.Period, o.Buffer = 2*time.Millisecond, 150*time.Millisecond
		s, err := Open("", o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, hwtest.Want{Format: hw.Format{SampleRateHz: 48000, Channels: 8, BitsPerSample: 24}, Live: true})
}
