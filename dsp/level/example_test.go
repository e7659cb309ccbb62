package level_test

import (
	"fmt"

	"github.com/auscult/auscult/dsp/level"
)

// A stereo source whose right channel is a copy of the left one, and which stuck
// for a while.
func Example() {
	const rate = 16000
	left := level.NewMeter(16)
	var pair level.Pair
	block := make([]int32, 2*rate/100)
	for k := range 100 {
		for i := 0; i < len(block); i += 2 {
			x := int32((k*rate/100+i/2)%40-20) << 24
			if k >= 80 {
				x = 0
			}
			block[i], block[i+1] = x, x
		}
		left.WriteChannel(block, 0, 2)
		pair.Write(block, 0, 1, 2)
	}
	fmt.Printf("%.1f dBFS, peak %.1f\n", left.RMSDBFS(), left.PeakDBFS())
	for _, fault := range left.Faults(level.DefaultLimits(rate)) {
		fmt.Printf("%s: %s\n", fault.Code, fault.Text)
	}
	fmt.Println("identical:", pair.Identical())
	// Output:
	// -21.9 dBFS, peak -16.1
	// stuck: 3200 samples in a row have one value
	// identical: true
}
