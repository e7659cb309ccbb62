package sensor

import (
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
)

// calibration says what the samples of a card's channel stand for where no microphone is wired to it
// but an accelerometer with a voltage: an IEPE sensor behind its amplifier, an ADXL1002. The zero value is
// a microphone.
type calibration struct {
	mvPerG, fullV, fullG float64
}

// calibration returns what the table says of the channel.
func (a *ALSA) calibration() calibration {
	return calibration{a.CalibrationMVPerG, a.FullScaleV, a.FullScaleG}
}

// mostG is far beyond what shock sensors measure.
const mostG = 1e6

// validate returns the key that is wrong, nil when there is none.
func (c calibration) validate() *setting.Problem {
	for _, v := range []struct {
		key   string
		value float64
	}{
		{"calibration_mv_per_g", c.mvPerG}, {"full_scale_v", c.fullV}, {"full_scale_g", c.fullG},
	} {
		if !(v.value >= 0) || math.IsInf(v.value, 1) {
			return setting.Wrong(v.key, "must be above 0, or left out")
		}
	}
	switch {
	case c.fullG != 0 && (c.mvPerG != 0 || c.fullV != 0):
		return setting.Wrong("full_scale_g", "stands for calibration_mv_per_g and full_scale_v: write it or these two")
	case c.mvPerG == 0 && c.fullV != 0:
		return setting.Wrong("calibration_mv_per_g", "is missing: what the sensor's sheet says, as 100; or write full_scale_g "+
			"instead of full_scale_v")
	case c.mvPerG != 0 && c.fullV == 0:
		return setting.Wrong("full_scale_v", "is missing: the peak voltage at which the card clips, as its sheet says or a known "+
			"voltage shows; or write full_scale_g instead of calibration_mv_per_g")
	case c.fullScaleG() > mostG:
		return setting.Wrong("full_scale_v", "makes %.3g g at full scale: no sensor measures more than %g", c.fullScaleG(), float64(mostG))
	}
	return nil
}

// fullScaleG returns the acceleration that full scale stands for, 0 where the channel is sound.
func (c calibration) fullScaleG() float64 {
	if c.mvPerG > 0 {
		return c.fullV * 1000 / c.mvPerG
	}
	return c.fullG
}

// apply returns src as what the calibration says that it is.
func (c calibration) apply(src hw.Source) hw.Source {
	if g := c.fullScaleG(); g > 0 {
		return &calibrated{src, g}
	}
	return src
}

// calibrated is a card's channel that measures acceleration.
type calibrated struct {
	hw.Source
	fullScaleG float64
}

// String names the card, and what it measures.
func (c *calibrated) String() string {
	return fmt.Sprintf("%s, acceleration of up to %.4g g", c.Source, c.fullScaleG)
}

// Origin returns what the samples are of: the card's, but for what they stand for.
func (c *calibrated) Origin() hw.Origin {
	o := hw.OriginOf(c.Source)
	o.Unit, o.FullScale, o.Range = hw.G, c.fullScaleG, c.fullScaleG
	return o
}

// Health returns what is wrong with a channel of the card.
func (c *calibrated) Health(channel int) error {
	if h, ok := c.Source.(interface{ Health(channel int) error }); ok {
		return h.Health(channel)
	}
	return nil
}

// Settles returns how long after opening samples are not the machine's.
func (c *calibrated) Settles() time.Duration {
	if s, ok := c.Source.(interface{ Settles() time.Duration }); ok {
		return s.Settles()
	}
	return 0
}
