package dsp

import (
	"math"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	if err := DefaultProfile().Validate(); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Profile){
		"768 kHz":             func(p *Profile) { p.SampleRateHz, p.MaxHz, p.Bands = 768000, 384000, 4 },
		"a hop of one sample": func(p *Profile) { p.HopLength = 1 },
		"a hop of a frame":    func(p *Profile) { p.HopLength = p.FrameLength },
		"one band":            func(p *Profile) { p.Bands = 1 },
		"bands to the end":    func(p *Profile) { p.MinHz, p.MaxHz = 0, 8000 },
		"a range of 1 dB":     func(p *Profile) { p.MinDB, p.MaxDB = 39, 40 },
	} {
		p := DefaultProfile()
		change(&p)
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for want, change := range map[string]func(*Profile){
		"sample rate 0 Hz":      func(p *Profile) { p.SampleRateHz = 0 },
		"sample rate 768001 Hz": func(p *Profile) { p.SampleRateHz = 768001 },
		"length 1022: must be even and half of it a product of 2, 3 and 5: use 1000 or 1024": func(p *Profile) { p.FrameLength = 1022 },
		"length -1024":                     func(p *Profile) { p.FrameLength = -1024 },
		"length 32768":                     func(p *Profile) { p.FrameLength = 32768 },
		"hop length 0":                     func(p *Profile) { p.HopLength = 0 },
		"hop length 1025":                  func(p *Profile) { p.HopLength = 1025 },
		"0 bands":                          func(p *Profile) { p.Bands = 0 },
		"1025 bands":                       func(p *Profile) { p.Bands = 1025 },
		`unknown scale "bark"`:             func(p *Profile) { p.Scale = "bark" },
		"8000 (half the sample rate)":      func(p *Profile) { p.MaxHz = 8001 },
		"bands from 9000":                  func(p *Profile) { p.MinHz = 9000 },
		"bands from NaN":                   func(p *Profile) { p.MinHz = math.NaN() },
		"to NaN Hz":                        func(p *Profile) { p.MaxHz = math.NaN() },
		"range -80 to NaN":                 func(p *Profile) { p.MaxDB = math.NaN() },
		"range NaN to 40":                  func(p *Profile) { p.MinDB = math.NaN() },
		"range 39.5 to 40":                 func(p *Profile) { p.MinDB = 39.5 },
		"band 1 of 256 (0.0 to":            func(p *Profile) { p.Bands, p.Scale = 256, HTK },
		"use fewer bands or longer frames": func(p *Profile) { p.FrameLength, p.HopLength = 64, 64 },
	} {
		p := DefaultProfile()
		change(&p)
		err := p.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "dsp: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, built := NewFrontEnd(p); built == nil || built.Error() != err.Error() {
			t.Errorf("NewFrontEnd: %v, Validate: %v", built, err)
		}
	}
}
