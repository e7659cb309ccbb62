package resample_test

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/resample"
)

// A microphone that only runs at 48 kHz, in blocks of 10 ms, with an offset.
func Example() {
	r, err := resample.New(48000, 16000, 7000)
	if err != nil {
		fmt.Println(err)
		return
	}
	dc, err := resample.NewDCBlocker(r.ToHz(), 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	var n int
	var peak int32
	block := make([]int32, 480)
	for k := range 50 {
		for i := range block {
			t := float64(k*len(block)+i) / 48000
			block[i] = int32((1 << 30) * (0.5 + 0.25*math.Sin(2*math.Pi*1000*t)))
		}
		r.Write(block, func(pcm []int32) {
			dc.Process(pcm, pcm)
			n += len(pcm)
			if k < 25 {
				return // the filters settle
			}
			for _, x := range pcm {
				peak = max(peak, x)
			}
		})
	}
	fmt.Printf("%d samples, peak %.3f, %.1f ms late\n", n, float64(peak)/(1<<30), 1000*r.DelaySamples()/48000)
	// Output:
	// 8000 samples, peak 0.250, 1.4 ms late
}
