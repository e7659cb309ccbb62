package vibration

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Line is what an envelope's spectrum shows at a frequency.
type Line struct {
	Hz           float64 // of the highest bin in the range that was searched
	RMSMPerS2    float64 // of the envelope's swing at Hz
	AboveFloorDB float64 // the highest bin over the median of its neighbourhood
}

const (
	// lobe is the half width of a Hann window's main lobe, in bins.
	lobe = 2
	// floorFrom and floorTo bound the neighbourhood, in bins from the line.
	floorFrom, floorTo = 4, 19
)

var errNoSegment = errors.New("vibration: no whole segment of the envelope yet")

// EnvelopePSD returns the power density of the envelope, (m/s^2)^2/Hz, and the
// distance of two values in Hz. It is empty without an envelope or a whole
// segment. The memory is that of PSD.
func (m *Meter) EnvelopePSD() (psd []float64, binHz float64) {
	if m.lines == nil {
		return nil, 0
	}
	return m.inUnits(m.lines), m.lines.BinHz()
}

// EnvelopeLine returns the highest line within tolerance (0.02 for 2 %) of hz in
// the envelope's spectrum. The error says that there is no spectrum, or that the
// line is outside it.
func (m *Meter) EnvelopeLine(hz, tolerance float64) (Line, error) {
	if m.lines == nil {
		return Line{}, errors.New("vibration: the meter has no envelope: set Config.Envelope")
	}
	psd, binHz := m.EnvelopePSD()
	if len(psd) == 0 {
		return Line{}, errNoSegment
	}
	if !(hz > 0) || math.IsInf(hz, 1) || !(tolerance >= 0 && tolerance <= 0.5) {
		return Line{}, fmt.Errorf("vibration: line at %g Hz within %g: need a frequency above 0 and a tolerance of 0 to 0.5", hz, tolerance)
	}
	reach := max(float64(hz*tolerance), binHz/2)
	first, last := math.Ceil((hz-reach)/binHz), math.Floor((hz+reach)/binHz)
	if first < lobe+1 || last > float64(len(psd)-1-lobe) {
		return Line{}, fmt.Errorf("vibration: line at %g Hz: the envelope's spectrum shows %.4g to %.4g Hz: use longer segments or a wider band", hz, float64(lobe+1)*binHz, float64(len(psd)-1-lobe)*binHz)
	}
	top := int(first)
	for k := top; k <= int(last); k++ {
		if psd[k] > psd[top] {
			top = k
		}
	}
	sum := 0.0
	for _, p := range psd[top-lobe : top+lobe+1] {
		sum += float64(p * binHz)
	}
	var beside []float64
	for d := floorFrom; d <= floorTo; d++ {
		for _, k := range []int{top - d, top + d} {
			if k > lobe && k < len(psd)-1 {
				beside = append(beside, psd[k])
			}
		}
	}
	line := Line{Hz: float64(top) * binHz, RMSMPerS2: math.Sqrt(sum)}
	if len(beside) > 0 && psd[top] > 0 {
		slices.Sort(beside)
		line.AboveFloorDB = 10 * math.Log10(psd[top]/max(beside[len(beside)/2], math.SmallestNonzeroFloat64))
	}
	return line, nil
}
