package mel

import "github.com/auscult/auscult/dsp/internal/exact"

// Scale is a frequency scale: its way there and back.
type Scale struct {
	FromHz func(hz float64) float64 // mels of a frequency
	ToHz   func(mel float64) float64
}

const (
	ln10   = 2.30258509299404568401799145468436420760
	ln6_4  = 1.85629799036562617248540127406469520086
	linear = 200.0 / 3 // Hz per mel below the break, Slaney
	knee   = 1000.0    // Hz
	octave = ln6_4 / 27
)

// Slaney is 3/200 mel per Hz below 1 kHz and 27 mels per factor of 6.4 above.
func Slaney() Scale {
	return Scale{
		FromHz: func(hz float64) float64 {
			if hz < knee {
				return hz / linear
			}
			return knee/linear + exact.Log(hz/knee)/octave
		},
		ToHz: func(mel float64) float64 {
			if mel < knee/linear {
				return float64(mel * linear)
			}
			return float64(knee * exact.Exp(float64(octave*(mel-knee/linear))))
		},
	}
}

// HTK is 2595*log10(1+f/700) mels.
func HTK() Scale {
	const perNeper = 2595 / ln10
	return Scale{
		FromHz: func(hz float64) float64 { return float64(perNeper * exact.Log(1+hz/700)) },
		ToHz:   func(mel float64) float64 { return float64(700 * (exact.Exp(mel/perNeper) - 1)) },
	}
}

// Linear is Hz itself: bands of equal width.
func Linear() Scale {
	same := func(x float64) float64 { return x }
	return Scale{FromHz: same, ToHz: same}
}
