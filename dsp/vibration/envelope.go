package vibration

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/internal/exact"
	"github.com/auscult/auscult/dsp/resample"
)

const (
	// passEdge and stopEdge are those of resample's filter, of the new rate.
	passEdge = 0.4375
	stopEdge = 0.5
	// mixBlock is how many samples are shifted at a time.
	mixBlock = 512
)

// envelope turns a band of a signal into the modulus of its analytic signal, at
// a lower rate.
type envelope struct {
	factor      int
	phase, step uint64 // of the band's centre, in turns times 2^64
	re, im      *resample.Resampler
	mixedRe     [mixBlock]int32
	mixedIm     [mixBlock]int32
	outRe       []int32
	outIm       []int32
	settling    int // outputs to leave out after a start
	skip        int // of them, still to come

	keepRe, keepIm func(pcm []int32)
}

// newEnvelope checks the band, and chooses the largest decimation that keeps it.
func newEnvelope(rateHz, minHz, maxHz float64) (*envelope, error) {
	if !(minHz > 0) || !(maxHz > minHz) || !(maxHz < rateHz/2) {
		return nil, fmt.Errorf("vibration: envelope from %g to %g Hz: need 0 < min < max < %g (half the sample rate)", minHz, maxHz, rateHz/2)
	}
	centre, half := (minHz+maxHz)/2, (maxHz-minHz)/2
	factor := int(min(math.Floor(passEdge*rateHz/half), 64))
	stop := stopEdge * rateHz / float64(factor)
	if factor < 2 || centre-stop <= 0 || centre+stop >= rateHz/2 {
		return nil, fmt.Errorf("vibration: envelope from %g to %g Hz at %g Hz: the band's filter, %.4g to %.4g Hz, must lie above 0 and below half the rate: narrow the band or move it", minHz, maxHz, rateHz, centre-stop, centre+stop)
	}
	e := &envelope{factor: factor, step: uint64(math.Round(math.Ldexp(centre/rateHz, 64)))}
	var err error
	if e.re, err = resample.New(factor, 1); err != nil {
		return nil, err
	}
	if e.im, err = resample.New(factor, 1); err != nil {
		return nil, err
	}
	e.settling = int(math.Ceil(2*e.re.DelaySamples()/float64(factor))) + 1
	e.outRe, e.outIm = make([]int32, 0, mixBlock), make([]int32, 0, mixBlock)
	e.keepRe = func(pcm []int32) { e.outRe = append(e.outRe, pcm...) }
	e.keepIm = func(pcm []int32) { e.outIm = append(e.outIm, pcm...) }
	e.restart()
	return e, nil
}

// restart forgets the past, after which the filter settles again.
func (e *envelope) restart() {
	e.phase, e.skip = 0, e.settling
	e.re.Reset()
	e.im.Reset()
}

// write passes the envelope of the samples on, Q31.
func (e *envelope) write(pcm []int32, emit func(pcm []int32)) {
	for len(pcm) > 0 {
		n := min(len(pcm), mixBlock)
		for i, v := range pcm[:n] {
			sin, cos := exact.SinCos(e.phase)
			e.phase += e.step
			e.mixedRe[i] = product(v, exact.Round(cos, 30))
			e.mixedIm[i] = product(v, exact.Round(-sin, 30))
		}
		pcm = pcm[n:]
		e.outRe, e.outIm = e.outRe[:0], e.outIm[:0]
		e.re.Write(e.mixedRe[:n], e.keepRe)
		e.im.Write(e.mixedIm[:n], e.keepIm)
		for i, re := range e.outRe {
			im := e.outIm[i]
			square := uint64(int64(re)*int64(re)) + uint64(int64(im)*int64(im))
			// Half of a real signal's power is at negative frequencies.
			e.outRe[i] = int32(min(2*math.Sqrt(float64(square)), math.MaxInt32))
		}
		out := e.outRe
		skip := min(e.skip, len(out))
		e.skip -= skip
		if len(out) > skip {
			emit(out[skip:])
		}
	}
}

// product returns x (Q31) times y (Q30, at most 1), rounded.
func product(x int32, y int64) int32 {
	return int32(min((int64(x)*y+1<<29)>>30, math.MaxInt32))
}
