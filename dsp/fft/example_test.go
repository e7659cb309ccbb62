package fft_test

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/fft"
)

// Frames need not be a power of two: 60 samples of a cosine with 7 periods.
func Example() {
	transform, err := fft.New(60)
	if err != nil {
		fmt.Println(err)
		return
	}
	samples := make([]int32, transform.Len())
	for i := range samples {
		samples[i] = int32(math.Round(1e6 * math.Cos(2*math.Pi*7*float64(i)/60)))
	}
	power := make([]uint64, transform.Len()/2+1)
	transform.Power(power, samples)
	for k, p := range power {
		if p > 1e10 {
			fmt.Printf("bin %d: |X| = %.0f\n", k, math.Sqrt(float64(p)))
		}
	}
	// Output:
	// bin 7: |X| = 30000002
}
