package sensor

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

const (
	// easyShare is the share of a bus that is taken without being asked: other chips, and
	// the host's own time, need some too.
	easyShare = 0.75
	// mostShare is the share beyond which samples are lost for certain.
	mostShare = 0.95
)

// i2cClockHz returns the clock of an I2C bus as the device tree has it, 0 where it does not
// say.
func i2cClockHz(root string, bus int) int {
	b, err := os.ReadFile(filepath.Join(root, fmt.Sprintf("sys/bus/i2c/devices/i2c-%d/of_node/clock-frequency", bus)))
	if err != nil || len(b) != 4 {
		return 0
	}
	return int(binary.BigEndian.Uint32(b))
}

// easyRate returns the rate that is taken unasked on an I2C bus of a clock in Hz, 0 where it
// carries none easily.
func (c *chip) easyRate(clock int) float64 {
	for _, rate := range c.rates {
		if float64(c.wireBits)*rate <= easyShare*float64(clock) && (c.mostOnI2C == 0 || rate <= c.mostOnI2C) {
			return rate
		}
	}
	return 0
}

// fit returns the table with a rate that the chip's bus carries: the one that it asks for, or
// the fastest that does so easily. It is the table itself where nothing is known of the bus.
func (c *chip) fit(a *Accel, root string) (*Accel, error) {
	clock := 0
	refs := i2cRefs()
	name := canonicalBus(a.Bus, refs)
	for _, r := range refs {
		if r.name == name && r.number >= 0 {
			clock = i2cClockHz(root, r.number)
		}
	}
	if clock == 0 {
		return a, nil
	}
	share := func(rateHz float64) float64 { return float64(c.wireBits) * rateHz / float64(clock) }
	easy := int(math.Round(c.easyRate(clock)))
	if a.SampleRateHz == 0 && easy > 0 {
		fitted := *a
		fitted.SampleRateHz = easy
		return &fitted, nil
	}
	if rate := a.SampleRateHz; share(float64(rate)) > mostShare {
		return nil, fmt.Errorf("%s at %d Hz needs %.0f %% of bus %s, which runs at %d kHz: raise its clock (on a Raspberry Pi "+
			"dtparam=i2c_arm_baudrate=400000 in config.txt, then restart), or write sample_rate_hz = %d",
			a.Chip, rate, 100*share(float64(rate)), name, clock/1000, easy)
	}
	return a, nil
}
