// Package wire provides registers of a chip behind I²C or SPI, without
// allocating per transfer.
package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
)

// frameWords is how many words a sample time has: x, y and z.
const frameWords = 3

// Registers are the registers of one chip. They belong to one goroutine.
type Registers struct {
	c     conn.Conn
	spi   bool
	read  byte
	multi byte
	shift int // of a register's number in the first byte
	w, r  []byte
	max   int
}

// NewI2C returns the registers of the chip at an address. multi is set in the
// register's number when more than one byte is read; longest is the longest read
// in bytes.
func NewI2C(bus i2c.Bus, address uint16, multi byte, longest int) *Registers {
	return newRegisters(&i2c.Dev{Bus: bus, Addr: address}, false, 0, multi, longest)
}

// NewSPI returns the registers of the chip on a connection. read is set in the
// register's number for reading, multi when more than one byte is read.
func NewSPI(c spi.Conn, read, multi byte, longest int) *Registers {
	return newRegisters(c, true, read, multi, longest)
}

// NewSPIShifted returns the registers of a chip that wants a register's number in the upper
// seven bits of the first byte, and 1 in the lowest for reading.
func NewSPIShifted(c spi.Conn, longest int) *Registers {
	r := newRegisters(c, true, 1, 0, longest)
	r.shift = 1
	return r
}

func newRegisters(c conn.Conn, isSPI bool, read, multi byte, longest int) *Registers {
	size := longest + 1
	if limits, ok := c.(conn.Limits); ok {
		if most := limits.MaxTxSize(); most > 8 && most < size {
			size = most
		}
	}
	return &Registers{
		c: c, spi: isSPI, read: read, multi: multi, w: make([]byte, size), r: make([]byte, size), max: size - 1,
	}
}

// String names the connection.
func (r *Registers) String() string { return r.c.String() }

// MaxRead returns how many bytes Fetch can read at once: those asked for, less
// where the bus cannot carry them.
func (r *Registers) MaxRead() int { return r.max }

// Fetch reads n consecutive registers. The bytes are valid until the next call.
func (r *Registers) Fetch(register byte, n int) ([]byte, error) {
	if n < 1 || n > r.max {
		return nil, fmt.Errorf("reading %d bytes: must be 1 to %d", n, r.max)
	}
	address := register<<r.shift | r.read
	if n > 1 {
		address |= r.multi
	}
	r.w[0] = address
	if !r.spi {
		if err := r.c.Tx(r.w[:1], r.r[:n]); err != nil {
			return nil, fmt.Errorf("reading register %#02x: %w", register, err)
		}
		return r.r[:n], nil
	}
	// Only the first byte that goes out means anything; the others stay 0.
	if err := r.c.Tx(r.w[:1+n], r.r[:1+n]); err != nil {
		return nil, fmt.Errorf("reading register %#02x: %w", register, err)
	}
	return r.r[1 : 1+n], nil
}

// Frames reads sample times of three 16-bit words into dst, as Q31, from a
// register that gives the oldest in the FIFO, at most so many a transfer.
func (r *Registers) Frames(register byte, dst []int32, order binary.ByteOrder, most int) error {
	for len(dst) >= frameWords {
		n := min(len(dst)/frameWords, most)
		b, err := r.Fetch(register, n*frameWords*2)
		if err != nil {
			return err
		}
		for i := range frameWords * n {
			dst[i] = int32(order.Uint16(b[2*i:])) << 16
		}
		dst = dst[frameWords*n:]
	}
	return nil
}

// Frames24 is Frames for words of 24 bits, high byte first, whose lowest 4 bits hold no value but
// flags: check gets the flags of each word with its axis, 0 to 2.
func (r *Registers) Frames24(register byte, dst []int32, most int, check func(axis int, flags byte) error) error {
	for len(dst) >= frameWords {
		n := min(len(dst)/frameWords, most)
		b, err := r.Fetch(register, n*frameWords*3)
		if err != nil {
			return err
		}
		for i := range frameWords * n {
			word := b[3*i : 3*i+3]
			if err := check(i%frameWords, word[2]&0x0f); err != nil {
				return err
			}
			dst[i] = int32(uint32(word[0])<<24 | uint32(word[1])<<16 | uint32(word[2]&0xf0)<<8)
		}
		dst = dst[frameWords*n:]
	}
	return nil
}

// Get reads one register.
func (r *Registers) Get(register byte) (byte, error) {
	b, err := r.Fetch(register, 1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// Set writes one register.
func (r *Registers) Set(register, value byte) error {
	r.w[0], r.w[1] = register<<r.shift, value
	defer func() { r.w[1] = 0 }()
	read := r.r[:0]
	if r.spi {
		read = r.r[:2]
	}
	if err := r.c.Tx(r.w[:2], read); err != nil {
		return fmt.Errorf("writing register %#02x: %w", register, err)
	}
	return nil
}

// resetTime bounds how long a chip's reset may take.
const resetTime = 50 * time.Millisecond

// AwaitReset waits until a bit of a register is 0 again, by which a chip says that its reset has
// ended.
func (r *Registers) AwaitReset(clock accel.Clock, register, bit byte) error {
	for until := clock.Now().Add(resetTime); ; {
		got, err := r.Get(register)
		if err != nil {
			return err
		}
		if got&bit == 0 {
			return nil
		}
		if clock.Now().After(until) {
			return errors.New("the reset does not end")
		}
		if err := clock.Wait(context.Background(), nil, time.Millisecond); err != nil {
			return err
		}
	}
}

// Setting is a register with the value that it gets.
type Setting struct {
	Register, Value byte
}

// Configure writes registers in order and reads each back: a chip that does not
// keep its settings is not wired as it should be.
func (r *Registers) Configure(settings ...Setting) error {
	for _, s := range settings {
		if err := r.Set(s.Register, s.Value); err != nil {
			return err
		}
		got, err := r.Get(s.Register)
		if err != nil {
			return err
		}
		if got != s.Value {
			return fmt.Errorf("register %#02x holds %#02x after %#02x was written: "+
				"check the wiring and that nobody else uses the chip",
				s.Register, got, s.Value)
		}
	}
	return nil
}

// Chip is what an identification register may hold.
type Chip struct {
	ID   byte
	Name string
}

// Identify wants the chip with the given identification, and otherwise says
// what was found. known are chips that are easily taken for it.
func (r *Registers) Identify(register byte, want Chip, known ...Chip) error {
	_, err := r.IdentifyOne(register, []Chip{want}, known...)
	return err
}

// IdentifyOne is Identify where any of several chips will do, and returns which there is. The
// first is the one that errors speak of.
func (r *Registers) IdentifyOne(register byte, wanted []Chip, known ...Chip) (Chip, error) {
	want := wanted[0]
	got, err := r.Get(register)
	if err != nil {
		return Chip{}, fmt.Errorf("no %s answers: %w", want.Name, err)
	}
	for _, chip := range wanted {
		if got == chip.ID {
			return chip, nil
		}
	}
	return Chip{}, foreign(register, got, want, known)
}

// foreign says what was found instead of a chip.
func foreign(register, got byte, want Chip, known []Chip) error {
	for _, chip := range known {
		if got == chip.ID {
			return fmt.Errorf("found a %s (register %#02x holds %#02x), want a %s (%#02x)",
				chip.Name, register, got, want.Name, want.ID)
		}
	}
	if got == 0x00 || got == 0xff {
		return fmt.Errorf("found nothing (register %#02x holds %#02x), want a %s (%#02x): "+
			"check supply, chip select and wiring",
			register, got, want.Name, want.ID)
	}
	return fmt.Errorf("found an unknown chip (register %#02x holds %#02x), want a %s (%#02x)",
		register, got, want.Name, want.ID)
}
