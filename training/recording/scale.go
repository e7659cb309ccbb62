package recording

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Float samples have a full scale of 1. What people write instead, by mistake or since it is
// no sound, is told by the highest value of the whole file.
const (
	// Up to here they are too loud: what is beyond full scale is clamped and counted.
	loudest = 16
	// From here on they are taken for integers of 16 bits, whose full scale is 32768. What lies
	// between may be an acceleration in m/s2 or something else: nobody can tell.
	integerFrom = 1024
	integerFull = 32768
)

// scaling is what floats are multiplied with, and why.
type scaling struct {
	by   float64
	note string
}

// scaleOf returns what floats are to be multiplied with, by the highest of them and their mean.
func scaleOf(peak, mean float64) (scaling, error) {
	switch {
	case peak <= loudest:
		return scaling{by: 1}, nil
	case peak >= integerFrom && peak <= integerFull:
		return scaling{1.0 / integerFull, fmt.Sprintf(
			"the float samples are on the scale of 16-bit integers (the highest is %.0f): taken as 1/%d of that", peak, integerFull)}, nil
	case peak < integerFrom && math.Abs(math.Abs(mean)-9.81) < 0.5:
		return scaling{}, fmt.Errorf("float samples up to %.4g with a mean of %.4g look like an acceleration in m/s²: "+
			"save it as a table (CSV or NPZ), or divide by 156.9, which makes full scale 16 g", peak, mean)
	}
	return scaling{}, fmt.Errorf("float samples up to %.4g, where full scale is 1: sound must be divided by its full scale "+
		"(32768 for 16 bits, 8388608 for 24), an acceleration be saved as a table (CSV or NPZ)", peak)
}

// examine reads floats to their end for the highest and the mean, of numbers alone.
func examine(d floatDecoder) (peak, mean float64, err error) {
	channels := d.format().Channels
	x := make([]float64, decodedValues(channels))
	sum, n := 0.0, 0
	for {
		got, err := d.decodeFloats(x)
		for _, v := range x[:got*channels] {
			if v-v != 0 {
				continue
			}
			peak = max(peak, math.Abs(v))
			sum += v
			n++
		}
		switch {
		case errors.Is(err, io.EOF):
			return peak, sum / float64(max(n, 1)), nil
		case err != nil:
			return peak, 0, err
		}
	}
}

// rescale looks at all of a recording of floats, opened once more, and sets the scale.
func (p *player) rescale(open Opener) error {
	if p.floats == nil {
		return nil
	}
	again, err := openSound(open)
	if errors.Is(err, errOnce) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() {
		_ = again.Close() // it was only read
		again.leave()
	}()
	fd, ok := again.decoder.(floatDecoder)
	if !ok {
		return errors.New("the file changes while it is read")
	}
	peak, mean, err := examine(fd)
	if err != nil {
		return err
	}
	p.count.Peak = peak
	p.scale, err = scaleOf(peak, mean)
	return err
}

// oddities says what was counted, a line each.
func (p *player) oddities() []string {
	var notes []string
	if p.scale.note != "" {
		notes = append(notes, p.scale.note)
	}
	c := p.count
	if n := c.NaN + c.Infinite; n > 0 {
		notes = append(notes, fmt.Sprintf("%d samples are no numbers (%d NaN, %d infinite): taken as gaps", n, c.NaN, c.Infinite))
	}
	if c.Beyond > 0 && c.Peak > 1 {
		notes = append(notes, fmt.Sprintf(
			"%d float samples are beyond full scale, 1, the highest %.4g: clamped; write them %.1f dB lower",
			c.Beyond, c.Peak, 20*math.Log10(c.Peak)))
	}
	return notes
}
