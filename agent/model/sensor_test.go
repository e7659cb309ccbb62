package model

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

// TestGainDoubt names what was turned since the clips were recorded, and nothing else.
func TestGainDoubt(t *testing.T) {
	mixer := func(text string) hw.Origin {
		return hw.Origin{Sensor: "hw:CARD=A,DEV=0, Mic", Unit: hw.FullScale, Mixer: text}
	}
	for name, c := range map[string]struct {
		learned []hw.Origin
		heard   hw.Origin
		want    string
	}{
		"as it was": {[]hw.Origin{mixer("Mic=12.00 dB; AGC=off")}, mixer("Mic=12.00 dB; AGC=off"), ""},
		"half gain": {
			[]hw.Origin{mixer("Mic=12.00 dB; AGC=off")}, mixer("Mic=6.00 dB; AGC=off"), "learned, Mic was 12.00 dB and is 6.00 dB",
		},
		"AGC":        {[]hw.Origin{mixer("Mic=1; AGC=off")}, mixer("AGC=on; Mic=1"), "learned, AGC was off and is on"},
		"both":       {[]hw.Origin{mixer("Mic=1; AGC=off")}, mixer("Mic=2; AGC=on"), "Mic was 1 and is 2, AGC was off and is on"},
		"new driver": {[]hw.Origin{mixer("Mic=12.00 dB")}, mixer("Mic=12.00 dB; Boost=on"), ""},
		"other card": {[]hw.Origin{mixer("Mic=12.00 dB")}, mixer("Capture=3 %"), ""},
		"one of two": {[]hw.Origin{mixer("Mic=1"), mixer("Mic=2")}, mixer("Mic=2"), ""},
		"a third":    {[]hw.Origin{mixer("Mic=1"), mixer("Mic=2")}, mixer("Mic=3"), "Mic was 1 and is 3"},
		"not known":  {[]hw.Origin{{}}, mixer("Mic=2"), ""},
		"in part":    {[]hw.Origin{mixer("Mic=1"), {}}, mixer("Mic=2"), ""},
		"no mixer":   {[]hw.Origin{mixer("Mic=1")}, mixer(""), ""},
		"nothing":    {nil, mixer("Mic=1"), ""},
		"odd":        {[]hw.Origin{mixer(";;=; x")}, mixer("=;= ; "), ""},
	} {
		var s Settings
		for _, o := range c.learned {
			s.Provenance.Recorded = Count(s.Provenance.Recorded, 48000, 24, o)
		}
		if got := s.GainDoubt(c.heard); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestOtherSensor tells another sensor from the same one under another name.
func TestOtherSensor(t *testing.T) {
	mic := hw.Origin{Sensor: "hw:CARD=Device,DEV=0, USB PnP", Serial: "7"}
	chip := hw.Origin{Sensor: "MPU6050{I2C1, 0x68}"}
	for name, c := range map[string]struct {
		learned, heard hw.Origin
		want           string
	}{
		"the same":       {mic, mic, ""},
		"other number":   {mic, hw.Origin{Sensor: "hw:CARD=Device_1,DEV=0, USB PnP", Serial: "7"}, ""},
		"its twin":       {mic, hw.Origin{Sensor: mic.Sensor, Serial: "8"}, "Device,DEV=0, USB PnP (serial number 7), and this is"},
		"another":        {mic, hw.Origin{Sensor: "hw:CARD=Codec,DEV=0, Codec"}, "this is hw:CARD=Codec,DEV=0, Codec"},
		"chip elsewhere": {chip, hw.Origin{Sensor: "MPU6050{I2C3, 0x69}"}, ""},
		"another chip":   {chip, hw.Origin{Sensor: "ADXL345{I2C1}"}, "learned from MPU6050{I2C1, 0x68}, and this is ADXL345"},
		"not known":      {hw.Origin{}, mic, ""},
		"not said":       {mic, hw.Origin{}, ""},
	} {
		s := Settings{Provenance: Provenance{Recorded: Count(nil, 48000, 24, c.learned)}}
		if got := s.OtherSensor(c.heard); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
