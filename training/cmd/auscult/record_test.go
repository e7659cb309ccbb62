package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// TestRecordWarns records microphones that are not as they should be.
func TestRecordWarns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(int) int32 { return random.Int32N(1<<20) - 1<<19 }
	kept := make([]int32, 16000)
	for i := range kept {
		kept[i] = noise(i)
	}
	left := func(i int) int32 { return kept[i] }
	for name, c := range map[string]struct {
		right func(i int) int32
		want  []string
	}{
		"well":     {noise, nil},
		"dead":     {func(int) int32 { return 5 }, []string{"right is dead: every sample has the same value"}},
		"stuck":    {func(i int) int32 { return kept[i%8000%7000] * int32(min(i/4000%2, 1)) }, []string{"right: 4000 samples in a row"}},
		"offset":   {func(i int) int32 { return 1<<30 + noise(i) }, []string{"right: the direct component is 0.5"}},
		"copied":   {left, []string{"both channels are the same"}},
		"inverted": {func(i int) int32 { return -kept[i] }, []string{"differ in their sign only"}},
		"quiet":    {func(i int) int32 { return noise(i) >> 8 }, []string{"right is very quiet"}},
	} {
		meters := newMeters(hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 32})
		var pair level.Pair
		for i := range kept {
			pcm := []int32{left(i), c.right(i)}
			meters[0].WriteChannel(pcm, 0, 2)
			meters[1].WriteChannel(pcm, 1, 2)
			pair.Write(pcm, 0, 1, 2)
		}
		sum := recordSummary{RateHz: 16000}
		sum.measure(meters, []string{"left", "right"})
		sum.compare(&pair)
		if len(sum.Warnings) != len(c.want) {
			t.Errorf("%s: warnings %q, want %q", name, sum.Warnings, c.want)
		}
		for _, want := range c.want {
			if !slices.ContainsFunc(sum.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
				t.Errorf("%s: warnings %q, want %q", name, sum.Warnings, want)
			}
		}
	}
}
