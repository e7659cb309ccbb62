package sensor

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
	"github.com/auscult/auscult/hw/i2s/i2stest"
)

// asked is a port that notes what it is asked for.
type asked struct {
	i2stest.Playback
	rate           physic.Frequency
	channels, bits int
	buffer         time.Duration
	need           int           // the channel that will be listened to
	connected      int           // times
	pause          time.Duration // before each block
}

var errBuffer = errors.New("no such buffer")

func (a *asked) SetBuffer(d time.Duration) error {
	a.buffer = d
	if d < 0 {
		return errBuffer
	}
	return nil
}

func (a *asked) NeedChannel(channel int) error {
	a.need = channel
	return nil
}

func (a *asked) Connect(rate physic.Frequency, channels, bits int) (i2s.Conn, error) {
	a.rate, a.channels, a.bits = rate, channels, bits
	a.connected++
	c, err := a.Playback.Connect(physic.Frequency(a.Format.SampleRateHz)*physic.Hertz, a.Format.Channels, 0)
	return slow{c, a.pause}, err
}

// ports is a driver of one port, that the test puts there.
type ports struct{ port *asked }

func (*ports) String() string { return "ports-of-test" }
func (p *ports) Open(_, name string) (i2s.PortCloser, error) {
	if name != "port-of-test" {
		return nil, errors.New("no such port")
	}
	return p.port, nil
}

var plugged = &ports{}

func TestMain(m *testing.M) {
	i2sreg.MustRegister(plugged) // once, however often the tests run
	os.Exit(m.Run())
}

// TestALSA asks a port for what the table and its caller say.
func TestALSA(t *testing.T) {
	format := hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 24}
	plugged.port = &asked{Playback: i2stest.Playback{Format: format}}
	a := ALSA{Device: "port-of-test", SampleRateHz: 16000, Channels: 1, Buffer: time.Second}
	src, err := a.Open(t.Context(), Site{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p := plugged.port
	if p.rate != 16*physic.KiloHertz || p.channels != 1 || p.bits != 0 || p.buffer != time.Second {
		t.Errorf("asked for %v, %d channels, %d bits, %v", p.rate, p.channels, p.bits, p.buffer)
	}
	if src.Format() != p.Format {
		t.Errorf("format %v, want %v", src.Format(), p.Format)
	}
	if err := src.Halt(); err != nil {
		t.Error(err)
	}
	a.Buffer = -1
	if _, err := a.Open(t.Context(), Site{Root: t.TempDir()}); !errors.Is(err, errBuffer) {
		t.Errorf("a buffer that the port does not have: %v", err)
	}
}

// TestCalibration wires an IEPE sensor to one channel of a card and a microphone to the other: each says
// what its samples are of, whether or not the card is shared.
func TestCalibration(t *testing.T) {
	format := hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 24}
	for _, isShared := range []bool{false, true} {
		plugged.port = &asked{Playback: i2stest.Playback{Format: format}}
		// 100 mV/g, and a card that clips at 2.5 V.
		iepe := &ALSA{Device: "port-of-test", CalibrationMVPerG: 100, FullScaleV: 2.5}
		sound := &ALSA{Device: "port-of-test"}
		at := Site{Root: t.TempDir()}
		if isShared {
			at.Shared = NewShared([]Member{{"bearing", iepe, 0}, {"room", sound, 1}})
		}
		src, err := iepe.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if o := hw.OriginOf(src); o.Unit != hw.G || o.FullScale != 25 || o.Range != 25 {
			t.Errorf("shared %t: an IEPE sensor is of %+v", isShared, o)
		}
		if !strings.Contains(src.String(), "25 g") || len(ChannelNames(src)) != 2 {
			t.Errorf("shared %t: %s, channels %q", isShared, src, ChannelNames(src))
		}
		if isShared {
			other, err := sound.Open(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			if o := hw.OriginOf(other); o.Unit == hw.G {
				t.Errorf("the microphone beside is of %+v", o)
			}
			if err := other.Halt(); err != nil {
				t.Error(err)
			}
		}
		if err := src.Halt(); err != nil {
			t.Error(err)
		}
	}
}
