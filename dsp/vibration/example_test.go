package vibration_test

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/vibration"
)

// A machine whose outer ring is damaged: ten seconds of a sensor of 16 g, with a
// resonance at 3 kHz that each ball strikes anew.
func Example() {
	const rate, full = 12800, 16 * 9.80665
	lines, err := vibration.Bearing{Balls: 9, BallDiameterMM: 7.94, PitchDiameterMM: 39.04}.Lines(25)
	if err != nil {
		fmt.Println(err)
		return
	}
	config := vibration.DefaultConfig(rate, full)
	config.Envelope = vibration.Band{MinHz: 2500, MaxHz: 3500}
	config.EnvelopeSegmentLength = 2000
	meter, err := vibration.NewMeter(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	block := make([]int32, rate/10)
	for k := range 100 {
		for i := range block {
			t := float64(k*len(block)+i) / rate
			since := math.Mod(t, 1/lines.BPFOHz)
			a := 4*math.Sin(2*math.Pi*25*t) + 3*math.Exp(-300*since)*math.Sin(2*math.Pi*3000*since)
			block[i] = int32(a / full * (1 << 31))
		}
		meter.Write(block)
	}
	f := meter.Features()
	fmt.Printf("%.1f mm/s, %.2f m/s^2, crest factor %.1f, kurtosis %.1f\n", f.VelocityRMSMMPerS, f.AccelRMSMPerS2, f.CrestFactor, f.Kurtosis)
	line, err := meter.EnvelopeLine(lines.BPFOHz, 0.02)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("outer ring, expected at %.1f Hz: %.2f m/s^2 at %.1f Hz\n", lines.BPFOHz, line.RMSMPerS2, line.Hz)
	// Output:
	// 18.0 mm/s, 2.94 m/s^2, crest factor 2.3, kurtosis 1.7
	// outer ring, expected at 89.6 Hz: 0.57 m/s^2 at 89.6 Hz
}
