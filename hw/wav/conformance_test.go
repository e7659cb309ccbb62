package wav

import (
	"bytes"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
)

func TestConformance(t *testing.T) {
	for name, options := range map[string]Options{"as fast as read": {}, "paced": {Paced: true}} {
		for _, format := range []hw.Format{
			{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16},
			{SampleRateHz: 48000, Channels: 3, BitsPerSample: 24},
		} {
			t.Run(name+" "+format.String(), func(t *testing.T) {
				pcm := make([]int32, 1500*format.Channels)
				for i := range pcm {
					pcm[i] = int32(i*7919) << 16
				}
				var file bytes.Buffer
				if err := Write(&file, format, pcm); err != nil {
					t.Fatal(err)
				}
				hwtest.TestSource(t, func(t *testing.T) hw.Source {
					r, err := NewReader("test", bytes.NewReader(file.Bytes()), options)
					if err != nil {
						t.Fatal(err)
					}
					return r
				}, hwtest.Want{Format: format, SampleTimes: 1500, PCM: pcm})
			})
		}
	}
	t.Run("file", func(t *testing.T) {
		hwtest.TestSource(t, func(t *testing.T) hw.Source {
			r, err := Open("testdata/mimii_8ch.wav", Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}, hwtest.Want{Format: hw.Format{SampleRateHz: 16000, Channels: 8, BitsPerSample: 16}, SampleTimes: 256})
	})
}
