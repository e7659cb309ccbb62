package i2s

import (
	"io"
	"strconv"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
)

// Channel says where the samples of one channel come from.
type Channel uint8

// Channels of a bus. From Slot on they are the slots of a TDM frame.
const (
	Unknown Channel = iota // the driver does not say
	Mono                   // the only channel
	Left                   // spoken while word select is low
	Right                  // spoken while word select is high
	Slot                   // Slot+n is slot n of a TDM frame, counted from 0
)

// String returns the channel as people write it: "left", "slot 3".
func (c Channel) String() string {
	switch c {
	case Unknown:
		return "unknown"
	case Mono:
		return "mono"
	case Left:
		return "left"
	case Right:
		return "right"
	}
	return "slot " + strconv.Itoa(int(c-Slot))
}

// StandardMap returns the channel map of a bus without a better one: Mono for
// one channel, Left and Right for two, the slots of a TDM frame for more. It
// describes at most 251 channels; further ones are Unknown.
func StandardMap(channels int) []Channel {
	switch channels {
	case 1:
		return []Channel{Mono}
	case 2:
		return []Channel{Left, Right}
	}
	list := make([]Channel, max(channels, 0))
	for i := range list {
		if i <= 255-int(Slot) {
			list[i] = Slot + Channel(i)
		}
	}
	return list
}

// Conn is a bus that runs: samples arrive whether they are read or not.
type Conn interface {
	// Source gives the samples. Halt ends the connection and may be called
	// from any goroutine.
	hw.Source
	// ChannelMap says where each channel of a block comes from. The slice is
	// the caller's.
	ChannelMap() []Channel
	// Health returns what is wrong at present, although samples come or are waited
	// for, with who listens to a channel, counted from 0, or with any where it is below 0:
	// a channel that always gives the same value, a microphone that was unplugged. It may
	// be called from any goroutine.
	Health(channel int) error
}

// Port is a bus on which a connection can be made.
type Port interface {
	// String names the port for people.
	String() string
	// Connect starts the clock at the given samples per second and channel and
	// returns the connection. Bits is how many significant bits the caller wants
	// at least, 0 for as many as there are; a rate or channels of 0 leave the choice to
	// the port, where it has one. A port has one connection at a time.
	Connect(rate physic.Frequency, channels, bits int) (Conn, error)
	// LimitRate sets the highest sample rate that the port will use: a
	// connection at a higher rate is refused. It is for wiring that does not
	// bear the fastest clock, and is called before Connect.
	LimitRate(highest physic.Frequency) error
	// NeedChannel says which channel, counted from 0, will be listened to: where Connect
	// leaves the number of channels to the port, it takes one that has it. It is called
	// before Connect.
	NeedChannel(channel int) error
	// SetBuffer sets how late a reader may be before samples are lost, 0 for the port's
	// default. It is called before Connect.
	SetBuffer(d time.Duration) error
}

// PortCloser is a Port that its owner closes; that halts its connection.
type PortCloser interface {
	io.Closer
	Port
}

// RateHz returns a rate in whole samples per second, as hw.Format has it, and
// whether it is one: at least 1 Hz and no fraction.
func RateHz(rate physic.Frequency) (int, bool) {
	hz := int64(rate / physic.Hertz)
	return int(hz), hz >= 1 && hz <= 1<<31-1 && rate%physic.Hertz == 0
}
