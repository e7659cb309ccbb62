package i2s_test

import (
	"slices"
	"testing"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/i2s"
)

func TestStandardMap(t *testing.T) {
	for n, want := range map[int][]string{
		-1: {}, 0: {}, 1: {"mono"}, 2: {"left", "right"}, 3: {"slot 0", "slot 1", "slot 2"},
	} {
		var got []string
		for _, c := range i2s.StandardMap(n) {
			got = append(got, c.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d channels: %q, want %q", n, got, want)
		}
	}
	long := i2s.StandardMap(300)
	if got := long[251].String(); got != "slot 251" {
		t.Errorf("channel 251 is %s", got)
	}
	if long[252] != i2s.Unknown || long[299] != i2s.Unknown {
		t.Error("channels beyond the numbering are not unknown")
	}
}

func TestRateHz(t *testing.T) {
	for rate, want := range map[physic.Frequency]int{
		48 * physic.KiloHertz: 48000, physic.Hertz: 1, 44100 * physic.Hertz: 44100,
		0: -1, -physic.Hertz: -1, physic.MilliHertz: -1, physic.Hertz + 1: -1, 3 * physic.GigaHertz: -1,
	} {
		if got, ok := i2s.RateHz(rate); ok != (want > 0) || ok && got != want {
			t.Errorf("%v: %d, %v; want %d", rate, got, ok, want)
		}
	}
}
