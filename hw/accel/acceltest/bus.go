package acceltest

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// I2C is a bus with one chip on it, at 400 kHz unless SetSpeed says otherwise.
type I2C struct {
	chip    *Chip
	address uint16
	timing  Bus
}

var _ i2c.Bus = (*I2C)(nil)

// I2C returns a bus with the chip at an address. Each transfer takes its clocks
// and perTransfer.
func (c *Chip) I2C(address uint16, perTransfer time.Duration) *I2C {
	return &I2C{chip: c, address: address, timing: Bus{Frequency: 400 * physic.KiloHertz, PerTransfer: perTransfer}}
}

// String names the bus.
func (b *I2C) String() string { return "simulated I2C" }

// SetSpeed sets the clock.
func (b *I2C) SetSpeed(f physic.Frequency) error {
	if f <= 0 {
		return fmt.Errorf("acceltest: speed %s: must be positive", f)
	}
	b.timing.Frequency = f
	return nil
}

// Tx writes and then reads.
func (b *I2C) Tx(address uint16, w, r []byte) error {
	if address != b.address || len(w) == 0 {
		return ErrNoChip
	}
	// What is read goes over the bus byte by byte; all else before.
	pace := b.timing.Transfer(0, 2) - b.timing.Transfer(0, 1)
	rest := b.timing.Transfer(len(w), len(r)) - pace*time.Duration(max(len(r), len(w)-1))
	b.chip.clock.Advance(rest)
	return b.chip.transfer(false, pace, w, r)
}

// SPI is a port with one chip on it.
type SPI struct {
	chip   *Chip
	timing Bus
	limit  int
}

var (
	_ spi.Port    = (*SPI)(nil)
	_ spi.Conn    = (*spiConn)(nil)
	_ conn.Limits = (*spiConn)(nil)
)

// SPI returns a port with the chip on it. Each transfer takes its clocks and
// perTransfer, and may be limit bytes long, 4,096 if limit is 0.
func (c *Chip) SPI(perTransfer time.Duration, limit int) *SPI {
	if limit == 0 {
		limit = 4096
	}
	return &SPI{chip: c, timing: Bus{SPI: true, PerTransfer: perTransfer}, limit: limit}
}

// String names the port.
func (p *SPI) String() string { return "simulated SPI" }

// Connect sets the clock. All modes serve.
func (p *SPI) Connect(f physic.Frequency, _ spi.Mode, bits int) (spi.Conn, error) {
	if f <= 0 || bits != 8 {
		return nil, fmt.Errorf("acceltest: %s with %d bits: want a clock and 8 bits", f, bits)
	}
	p.timing.Frequency = f
	return (*spiConn)(p), nil
}

type spiConn SPI

// String names the port.
func (p *spiConn) String() string { return "simulated SPI" }

// Duplex says that both directions go at once.
func (p *spiConn) Duplex() conn.Duplex { return conn.Full }

// MaxTxSize returns how long a transfer may be.
func (p *spiConn) MaxTxSize() int { return p.limit }

// Tx writes and reads at once.
func (p *spiConn) Tx(w, r []byte) error {
	if len(w) == 0 || len(r) != 0 && len(r) != len(w) || len(w) > p.limit {
		return fmt.Errorf("acceltest: writing %d and reading %d bytes: want the same, at most %d", len(w), len(r), p.limit)
	}
	pace := p.timing.Transfer(2, 0) - p.timing.Transfer(1, 0)
	p.chip.clock.Advance(p.timing.Transfer(1, 0))
	return p.chip.transfer(true, pace, w, r)
}

// TxPackets is not simulated.
func (p *spiConn) TxPackets([]spi.Packet) error {
	return errors.New("acceltest: packets are not simulated")
}

// Pin is the input that a chip's interrupt line is wired to.
type Pin struct {
	chip *Chip
	// Late returns how late each edge wakes its reader; nil is never.
	Late func() time.Duration
	// Dead says that the wire is broken: no edge ever comes.
	Dead bool
}

var _ gpio.PinIn = (*Pin)(nil)

// Pin returns the chip's interrupt line.
func (c *Chip) Pin() *Pin { return &Pin{chip: c} }

// String names the pin.
func (p *Pin) String() string { return "INT1" }

// Halt does nothing: nobody blocks on a simulated pin.
func (p *Pin) Halt() error { return nil }

// Name names the pin.
func (p *Pin) Name() string { return "INT1" }

// Number returns -1: the pin has none.
func (p *Pin) Number() int { return -1 }

// Function says what the pin is.
func (p *Pin) Function() string { return "In" }

// In accepts an input that waits for rising edges.
func (p *Pin) In(_ gpio.Pull, edge gpio.Edge) error {
	if edge != gpio.RisingEdge {
		return fmt.Errorf("acceltest: edge %s: only rising edges are simulated", edge)
	}
	return nil
}

// Read returns the line's level.
func (p *Pin) Read() gpio.Level {
	p.chip.mu.Lock()
	defer p.chip.mu.Unlock()
	p.chip.update()
	return gpio.Level(!p.Dead && p.chip.model.high(p.chip, p.chip.level))
}

// Pull says that there is none.
func (p *Pin) Pull() gpio.Pull { return gpio.Float }

// DefaultPull says that there is none.
func (p *Pin) DefaultPull() gpio.Pull { return gpio.Float }

// WaitForEdge lets time pass until the line rises, or until the timeout.
func (p *Pin) WaitForEdge(timeout time.Duration) bool {
	p.chip.mu.Lock()
	wait, edge := p.chip.edge(timeout)
	p.chip.mu.Unlock()
	if p.Dead {
		wait, edge = timeout, false
	}
	if edge && p.Late != nil {
		wait += p.Late()
	}
	p.chip.clock.Advance(wait)
	return edge
}

// edge returns when the line rises next, and whether within a time.
func (c *Chip) edge(within time.Duration) (after time.Duration, edge bool) {
	c.update()
	if c.model.high(c, c.level) {
		edge, c.wasLow = c.wasLow, false
		if edge {
			return 0, true
		}
		return within, false
	}
	c.wasLow = true
	for n := c.level + 1; n <= c.depth; n++ {
		if c.model.high(c, n) {
			if after = c.due(n); after <= within {
				c.wasLow = false
				return after, true
			}
			break
		}
	}
	return within, false
}
