package channels_test

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/channels"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/wav"
)

func open(t *testing.T) hw.Source {
	t.Helper()
	r, err := wav.Open("../wav/testdata/mimii_8ch.wav", wav.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPickConforms(t *testing.T) {
	for _, pick := range [][]int{{0}, {7}, {4, 0, 3}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 2}} {
		var want []int32
		for i := range 256 {
			for _, c := range pick {
				pcm, _, err := wav.ReadMono("../wav/testdata/mimii_8ch.wav", c)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, pcm[i])
			}
		}
		hwtest.TestSource(t, func(t *testing.T) hw.Source {
			src, err := channels.Pick(open(t), pick...)
			if err != nil {
				t.Fatal(err)
			}
			return src
		}, hwtest.Want{
			Format:      hw.Format{SampleRateHz: 16000, Channels: len(pick), BitsPerSample: 16},
			SampleTimes: 256,
			PCM:         want,
		})
	}
}

func TestPickRejects(t *testing.T) {
	src := open(t)
	for want, pick := range map[string][]int{
		"0 of the 8": nil, "not 8": {0, 8}, "not -1": {-1}, "9 of the 8": {0, 1, 2, 3, 4, 5, 6, 7, 0},
	} {
		if _, err := channels.Pick(src, pick...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: error %v, want %q", pick, err, want)
		}
	}
	if err := src.Halt(); err != nil {
		t.Error(err)
	}
}
