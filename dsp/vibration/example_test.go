package vibration_test

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/vibration"
)

// A machine that turns 25 times a second and strikes a resonance at 3 kHz 89.6 times a
// second: ten seconds of a sensor of 16 g.
func Example() {
	const rate, full = 12800, 16 * 9.80665
	meter, err := vibration.NewMeter(vibration.DefaultConfig(rate, full))
	if err != nil {
		fmt.Println(err)
		return
	}
	block := make([]int32, rate/10)
	for k := range 100 {
		for i := range block {
			t := float64(k*len(block)+i) / rate
			since := math.Mod(t, 1/89.6)
			a := 4*math.Sin(2*math.Pi*25*t) + 3*math.Exp(-300*since)*math.Sin(2*math.Pi*3000*since)
			block[i] = int32(a / full * (1 << 31))
		}
		meter.Write(block)
	}
	f := meter.Features()
	fmt.Printf("%.1f mm/s, %.2f m/s^2, crest factor %.1f, kurtosis %.1f\n",
		f.VelocityRMSMMPerS, f.AccelRMSMPerS2, f.CrestFactor, f.Kurtosis)
	// Output:
	// 18.0 mm/s, 2.94 m/s^2, crest factor 2.3, kurtosis 1.7
}
