package alsa

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// TestMixer says how the controls that change what is captured stand, and leaves out others.
func TestMixer(t *testing.T) {
	m := &simMixer{}
	m.volume("Speaker Playback Volume", 90)
	m.volume("Mic Capture Volume", 64, 64)
	m.volume("Mic Boost", 40, 50)
	m.toggle("Mic Capture Switch", 1)
	m.toggle("Auto Gain Control", 0)
	m.toggle("Mic Playback Switch", 1)
	m.choice("Input Source", 1, "Line", "Mic")
	m.choice("ADMAIF1 Mux", 0, "None", "I2S1")
	m.choice("ADMAIF2 Mux", 0, "None", "I2S1")
	plain := &knob{values: []int64{3}}
	plain.Type, plain.Max = kernel.Integer, 12
	m.add(plain, "ADC Volume")
	m.toggle("Zero Cross Detect", 1)
	m.toggle("Odd Capture Switch")
	got := MixerOf(Device{}, Options{openMixer: m.openMixer})
	want := "Mic Capture Volume=12.00 dB; Mic Boost=0.00 dB/5.00 dB; Mic Capture Switch=on; Auto Gain Control=off; " +
		"Input Source=Mic; ADMAIF1 Mux=None; ADC Volume=25 %"
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if m.open != 0 {
		t.Errorf("the mixer is left open %d times", m.open)
	}
	m.absent = true
	if got := MixerOf(Device{}, Options{openMixer: m.openMixer}); len(got) != 0 || got.String() != "" {
		t.Errorf("without a mixer: %v", got)
	}
}

// TestMixerProblem names the control that lets nothing through, and what to do.
func TestMixerProblem(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*simMixer)
		want string // of the fix; empty: nothing is wrong
		agc  bool
	}{
		"well": {func(m *simMixer) { m.toggle("Capture Switch", 0, 1); m.volume("Capture Volume", 50) }, "", false},
		"off":  {func(m *simMixer) { m.toggle("Mic Capture Switch", 0) }, "cset name='Mic Capture Switch' on", false},
		"muted volume": {func(m *simMixer) {
			k := m.volume("Capture Volume", 0)
			k.TLV = []uint32{tlvMinMaxMute, 8, uint32(0xfffff830), 3000}
		}, "cset name='Capture Volume' 80%", false},
		"lowest volume that lets something through": {func(m *simMixer) { m.volume("Capture Volume", 0) }, "", false},
		"not routed": {func(m *simMixer) { m.choice("ADMAIF1 Mux", 0, "None", "I2S1") },
			"amixer -c APE cset name='ADMAIF1 Mux' I2S", false},
		"agc": {func(m *simMixer) { m.toggle("Auto Gain Control", 1) }, "", true},
	} {
		m := &simMixer{}
		c.set(m)
		got := MixerOf(Device{}, Options{openMixer: m.openMixer})
		p := got.Problem("APE")
		if (p != nil) != (c.want != "") || p != nil && (!strings.Contains(p.Fix, c.want) || p.Code != Muted || p.Text == "") {
			t.Errorf("%s: %+v, want %q", name, p, c.want)
		}
		if _, on := got.HasAGC(); on != c.agc {
			t.Errorf("%s: AGC %v", name, on)
		}
	}
}

// TestDecibels reads what drivers say of their volumes, by hand-made cases of tlv.h.
func TestDecibels(t *testing.T) {
	neg := func(hundredths int32) uint32 { return uint32(hundredths) }
	scale := []uint32{tlvScale, 8, neg(-3450), 150}
	for name, c := range map[string]struct {
		tlv  []uint32
		v    int64
		low  int64
		high int64
		want float64
		ok   bool
	}{
		"scale":              {scale, 23, 0, 31, 0, true},
		"scale from 5":       {scale, 5, 5, 31, -34.5, true},
		"scale with silence": {[]uint32{tlvScale, 8, neg(-3450), 150 | tlvMute}, 0, 0, 31, silenceDB, true},
		"from to":            {[]uint32{tlvMinMax, 8, neg(-1000), 2000}, 15, 0, 30, 5, true},
		"amplitude":          {[]uint32{tlvLinear, 8, neg(linearMute), 0}, 50, 0, 100, -6.0206, true},
		"amplitude, none":    {[]uint32{tlvLinear, 8, neg(linearMute), 0}, 0, 0, 100, silenceDB, true},
		"amplitude from -20": {[]uint32{tlvLinear, 8, neg(-2000), 0}, 0, 0, 100, -20, true},
		"in a container":     {append([]uint32{tlvContainer, 16}, scale...), 25, 0, 31, 3, true},
		"second range": {
			[]uint32{tlvRange, 48, 0, 1, tlvScale, 8, 0, 1000, 2, 7, tlvScale, 8, 2000, 200}, 4, 0, 7, 24, true,
		},
		"outside all ranges":  {[]uint32{tlvRange, 24, 0, 1, tlvScale, 8, 0, 1000}, 4, 0, 7, 0, false},
		"nothing":             {nil, 4, 0, 7, 0, false},
		"cut off":             {[]uint32{tlvScale, 8, 1}, 4, 0, 7, 0, false},
		"a length that lies":  {[]uint32{tlvContainer, 0xffffffff, tlvScale, 0xffffffff, 0, 100}, 4, 0, 7, 4, true},
		"unknown":             {[]uint32{77, 8, 1, 2}, 4, 0, 7, 0, false},
		"one within the next": {[]uint32{0, 99, 0, 99, 0, 99, 0, 99, 0, 99, 0, 99, 0, 99, 0, 99}, 4, 0, 7, 0, false},
		"no range of values":  {[]uint32{tlvMinMax, 8, 100, 200}, 4, 4, 4, 1, true},
	} {
		if db, ok := decibelsOf(c.tlv, c.v, c.low, c.high); ok != c.ok || math.Abs(db-c.want) > 1e-4 {
			t.Errorf("%s: %g dB, %v; want %g, %v", name, db, ok, c.want, c.ok)
		}
	}
}

func FuzzDecibels(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0}, int64(3), int64(0), int64(7))
	f.Add([]byte{0, 0, 0, 0, 255, 0, 0, 0, 3, 0, 0, 0, 255, 0, 0, 0}, int64(3), int64(0), int64(7))
	f.Fuzz(func(t *testing.T, raw []byte, v, low, high int64) {
		tlv := make([]uint32, len(raw)/4)
		for i := range tlv {
			tlv[i] = uint32(raw[4*i]) | uint32(raw[4*i+1])<<8 | uint32(raw[4*i+2])<<16 | uint32(raw[4*i+3])<<24
		}
		if db, ok := decibelsOf(tlv, v, low, high); ok && math.IsNaN(db) {
			t.Errorf("%v of %d in %d to %d is no number", tlv, v, low, high)
		}
	})
}

// TestMixerIsFollowed says with the samples how the mixer stands, and notices when somebody turns a
// knob, also after the card was away. A silent card's fault names the control that is shut.
func TestMixerIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := newSimCard(t)
		mixer := &simMixer{}
		gain, on := mixer.volume("Mic Capture Volume", 64), mixer.toggle("Mic Capture Switch", 1)
		o := card.options()
		o.openMixer, o.Wait = mixer.openMixer, -1
		s, err := Open("hw:CARD=i2smic,DEV=0", o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Halt() //nolint:errcheck // closes what the test leaves open
		b := hw.Block{PCM: make([]int32, 2*4800)}
		read := func(seconds int) {
			t.Helper()
			for began := time.Now(); time.Since(began) < time.Duration(seconds)*time.Second; {
				if err := s.Read(context.Background(), &b); err != nil {
					t.Fatal(err)
				}
			}
		}
		read(1)
		got := s.Origin()
		if got.Unit != hw.FullScale || got.Mixer != "Mic Capture Volume=12.00 dB; Mic Capture Switch=on" ||
			!strings.Contains(got.Sensor, "hw:CARD=i2smic,DEV=0") {
			t.Errorf("%+v", got)
		}
		mixer.turn(gain, 52)
		read(6)
		if got := s.Origin().Mixer; got != "Mic Capture Volume=6.00 dB; Mic Capture Switch=on" {
			t.Errorf("after the gain was turned: %s", got)
		}
		card.unplug()
		mixer.turn(gain, 40)
		time.AfterFunc(time.Second, card.plug)
		read(6)
		if got := s.Origin().Mixer; got != "Mic Capture Volume=0.00 dB; Mic Capture Switch=on" {
			t.Errorf("after it was away: %s", got)
		}
		mixer.turn(on, 0)
		card.set(func() { card.same = [2]bool{true, true} })
		read(30)
		if f := s.Fault(); f == nil || f.Code != Silent || !strings.Contains(f.Text, "shut (Mic Capture Switch=off)") ||
			!strings.Contains(f.Fix, "amixer -c i2smic cset name='Mic Capture Switch' on") {
			t.Errorf("fault %+v", f)
		}
		if err := s.Halt(); err != nil || mixer.open != 0 {
			t.Errorf("halted: %v, mixer open %d times", err, mixer.open)
		}
	})
}
