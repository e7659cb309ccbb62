package doctor

import (
	"math"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
)

// TestFeel looks at a simulated chip that shakes, at one that is dead, and at one
// that comes off its bus.
func TestFeel(t *testing.T) {
	shakes := func(index uint64) [3]int16 {
		s := math.Sin(2 * math.Pi * 40 * float64(index) / 800)
		return [3]int16{int16(2048 * s), 20, int16(2048 + 4*(index%3))}
	}
	for name, c := range map[string]struct {
		signal func(uint64) [3]int16
		ppm    float64
		after  func(*acceltest.Chip)
		want   []string
	}{
		"well": {shakes, 1500, func(*acceltest.Chip) {}, []string{
			"accelerometer ok well: ADXL345", "losses ok well: none", "bus ok well: reading takes 2", "self-test ok well: ",
			"rate ok well: 801.19", "gravity ok well: 1.00 g", "level ok well x: 0.70", "peak 1.0", "level ok well z: 0.0",
			"mm/s RMS", "mm/s RMS",
		}},
		"fast": {shakes, 95e3, func(*acceltest.Chip) {}, []string{"rate warning fast: 876"}},
		"slow": {
			shakes, 0, func(*acceltest.Chip) {}, []string{"losses warning slow: ", "bus warning slow: reading takes 100 %"},
		},
		"still": {func(uint64) [3]int16 { return [3]int16{0, 0, 2048} }, 0, func(*acceltest.Chip) {}, []string{
			"self-test warning still: accel: ADXL345", "the x axis moved by 0 mg",
		}},
		"dead":      {func(uint64) [3]int16 { return [3]int16{} }, 0, func(*acceltest.Chip) {}, []string{"gravity warning dead: 0.00 g", "level fault dead x: every sample has the same value"}},
		"unplugged": {shakes, 0, func(chip *acceltest.Chip) { chip.Unplug(true) }, []string{"accelerometer fault unplugged: after 0 samples"}},
	} {
		clock := &acceltest.Clock{}
		o := acceltest.Options{Signal: c.signal, RatePPM: c.ppm, SelfTestMilliG: [3]int{600, -600, 900}}
		if name == "still" {
			o.SelfTestMilliG = [3]int{}
		}
		chip := acceltest.NewADXL345(clock, o)
		transfer := 50 * time.Microsecond
		if name == "slow" {
			transfer = 1200 * time.Microsecond
		}
		sensor, err := adxl345.NewI2C(chip.I2C(adxl345.AddressLow, transfer), adxl345.AddressLow,
			accel.Opts{Rate: 800 * physic.Hertz, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		src, err := accel.NewSource(sensor, accel.SourceOptions{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		c.after(chip)
		var up Report
		up.feel(t.Context(), name, src, 4*time.Second)
		chip.Unplug(false)
		if err := src.Halt(); err != nil {
			t.Error(err)
		}
		var lines []string
		for _, k := range up.Checks {
			lines = append(lines, k.Name+" "+string(k.State)+" "+k.Text)
		}
		got := strings.Join(lines, "\n")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
	}
}
