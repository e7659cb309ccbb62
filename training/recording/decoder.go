package recording

import (
	"fmt"

	"github.com/auscult/auscult/hw"
)

// decoder is what a container's reader gives: samples, one sample time after another.
type decoder interface {
	format() hw.Format
	// sampleTimes returns how many the header announces, or -1.
	sampleTimes() int64
	// decode fills pcm with whole sample times and returns how many; 0 only with an error,
	// which is io.EOF at the end.
	decode(pcm []int32) (n int, err error)
	// truncated says at the end whether it came early, notes what is odd.
	truncated() bool
	notes() []string
}

// floatDecoder is a decoder of floats of any scale.
type floatDecoder interface {
	decoder
	// decodeFloats is decode for samples as they are.
	decodeFloats(x []float64) (n int, err error)
}

// guard is a decoder that others have written: its panic over a damaged file is an error.
type guard struct{ decoder }

func (g guard) decode(pcm []int32) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, fmt.Errorf("the decoder fails: %v", p)
		}
	}()
	return g.decoder.decode(pcm)
}

func openGuarded(open func() (decoder, error)) (d decoder, err error) {
	defer func() {
		if p := recover(); p != nil {
			d, err = nil, fmt.Errorf("recording: the file is damaged: the decoder fails: %v", p)
		}
	}()
	if d, err = open(); err != nil {
		return nil, err
	}
	return guard{d}, nil
}
