package dsp_test

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// A second of a 1 kHz tone at half of full scale, as it would come from a
// microphone in blocks of 10 ms.
func Example() {
	profile := dsp.DefaultProfile()
	front, err := dsp.NewFrontEnd(profile)
	if err != nil {
		fmt.Println(err)
		return
	}
	quantiser := dsp.NewQuantiser(profile)
	codes := make([]int8, profile.Bands)

	frames := 0
	emit := func(frame []dsp.DB) {
		frames++
		if frames > 1 {
			return
		}
		loudest := 0
		for band := range frame {
			if frame[band] > frame[loudest] {
				loudest = band
			}
		}
		quantiser.Quantise(codes, frame)
		_, centre, _ := front.BandHz(loudest)
		fmt.Printf("band %d at %.0f Hz: %.2f dB, code %d\n", loudest, centre, frame[loudest].Float64(), codes[loudest])
	}
	block := make([]int32, profile.SampleRateHz/100)
	for n := range 100 {
		for i := range block {
			t := float64(n*len(block)+i) / float64(profile.SampleRateHz)
			block[i] = int32(math.Round((1 << 30) * math.Sin(2*math.Pi*1000*t)))
		}
		front.Write(block, emit)
	}
	fmt.Println(frames, "frames")
	// Output:
	// band 44 at 1007 Hz: 27.75 dB, code 101
	// 30 frames
}
