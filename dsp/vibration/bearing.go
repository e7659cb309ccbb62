package vibration

import (
	"fmt"
	"math"
)

// Bearing is the geometry of a rolling bearing whose outer ring stands still.
type Bearing struct {
	Balls           int
	BallDiameterMM  float64
	PitchDiameterMM float64 // of the circle through the balls' centres
	ContactAngleDeg float64
}

// Lines are the frequencies at which a bearing's faults repeat.
type Lines struct {
	BPFOHz float64 // balls pass a damage of the outer ring
	BPFIHz float64 // balls pass a damage of the inner ring
	BSFHz  float64 // a ball turns; damage on it strikes both rings, at twice this
	FTFHz  float64 // the cage turns
}

// Lines returns the frequencies for a shaft that turns at shaftHz, without slip:
// real bearings are 1 to 2 % off.
//
//	FTF = fr/2 (1-r), BPFO = n FTF, BPFI = n fr/2 (1+r), BSF = fr D/(2d) (1-r^2)
//
// with r = d/D cos(angle).
func (b Bearing) Lines(shaftHz float64) (Lines, error) {
	switch {
	case b.Balls < 3 || b.Balls > 1000:
		return Lines{}, fmt.Errorf("vibration: bearing with %d balls: must be 3 to 1000", b.Balls)
	case !(b.BallDiameterMM > 0) || !(b.PitchDiameterMM > b.BallDiameterMM) || math.IsInf(b.PitchDiameterMM, 1):
		return Lines{}, fmt.Errorf("vibration: bearing with balls of %g mm on a circle of %g mm: need 0 < ball < circle", b.BallDiameterMM, b.PitchDiameterMM)
	case !(b.ContactAngleDeg >= 0 && b.ContactAngleDeg < 90):
		return Lines{}, fmt.Errorf("vibration: bearing with a contact angle of %g degrees: must be 0 to below 90", b.ContactAngleDeg)
	case !(shaftHz > 0) || math.IsInf(shaftHz, 1):
		return Lines{}, fmt.Errorf("vibration: shaft at %g Hz: must be above 0", shaftHz)
	}
	r := b.BallDiameterMM / b.PitchDiameterMM * math.Cos(b.ContactAngleDeg/180*math.Pi)
	cage := shaftHz / 2 * (1 - r)
	return Lines{
		BPFOHz: float64(b.Balls) * cage,
		BPFIHz: float64(b.Balls) * shaftHz / 2 * (1 + r),
		BSFHz:  shaftHz * b.PitchDiameterMM / (2 * b.BallDiameterMM) * (1 - float64(r*r)),
		FTFHz:  cage,
	}, nil
}
