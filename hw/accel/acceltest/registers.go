package acceltest

import (
	"slices"
	"testing"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/auscult/auscult/hw/accel"
)

// OnI2C makes the transfers, for i2ctest.Playback, of a driver with the chip at an address.
type OnI2C uint16

// Put is a register written.
func (a OnI2C) Put(register, value byte) i2ctest.IO {
	return i2ctest.IO{Addr: uint16(a), W: []byte{register, value}}
}

// Get is registers read.
func (a OnI2C) Get(register byte, values ...byte) i2ctest.IO {
	return i2ctest.IO{Addr: uint16(a), W: []byte{register}, R: values}
}

// Set is a register written and read back.
func (a OnI2C) Set(register, value byte) []i2ctest.IO {
	return []i2ctest.IO{a.Put(register, value), a.Get(register, value)}
}

// OnSPI makes the same for spitest.Playback. The zero value is of a chip whose registers' highest bit
// says that they are read.
type OnSPI struct {
	// Shifted says that their number stands in the upper seven bits of the byte, and in the lowest whether
	// they are read.
	Shifted bool
}

// Put is a register written.
func (s OnSPI) Put(register, value byte) conntest.IO {
	if s.Shifted {
		register <<= 1
	}
	return conntest.IO{W: []byte{register, value}, R: []byte{0, 0}}
}

// Get is registers read.
func (s OnSPI) Get(register byte, values ...byte) conntest.IO {
	first := 0x80 | register
	if s.Shifted {
		first = register<<1 | 1
	}
	return conntest.IO{W: append([]byte{first}, make([]byte, len(values))...), R: append([]byte{0}, values...)}
}

// Set is a register written and read back.
func (s OnSPI) Set(register, value byte) []conntest.IO {
	return []conntest.IO{s.Put(register, value), s.Get(register, value)}
}

// WantLevel checks what a driver says of the FIFO.
func WantLevel(tb testing.TB, d accel.Sensor, level int, full bool) {
	tb.Helper()
	if n, isFull, err := d.Level(); n != level || isFull != full || err != nil {
		tb.Errorf("level %d, full %t, error %v; want %d, %t", n, isFull, err, level, full)
	}
}

// WantSamples has a driver read as many sample times as are wanted, checks what comes, in Q31, and
// returns it.
func WantSamples(tb testing.TB, d accel.Sensor, want ...int32) []int32 {
	tb.Helper()
	pcm := make([]int32, len(want))
	n, err := d.ReadFIFO(pcm)
	if n != len(want)/accel.Axes || err != nil {
		tb.Fatalf("%d sample times, error %v; want %d", n, err, len(want)/accel.Axes)
	}
	if !slices.Equal(pcm, want) {
		tb.Errorf("samples %#x, want %#x", pcm, want)
	}
	return pcm
}
