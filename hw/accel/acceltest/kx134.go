package acceltest

// NewKX134 returns a Kionix KX134-1211 after power-up.
func NewKX134(clock *Clock, o Options) *Chip { return newChip(clock, kx134{}, o) }

type kx134 struct{}

func (kx134) reset(c *Chip) {
	c.identify(0x13, 0x46)
	copy(c.regs[:], "Kion")
	c.regs[0x12], c.regs[0x21], c.regs[0x22] = 0x55, 0x06, 0x10
}

func (kx134) address(first byte, isSPI bool) (byte, bool) {
	return first & 0x7f, isSPI && first&0x80 != 0
}

func (kx134) high(c *Chip, level int) bool {
	return c.regs[0x22]&0x30 == 0x30 && c.regs[0x25]&0x20 != 0 && level >= int(c.regs[0x5e])
}

func (kx134) read(c *Chip, register byte, dst []byte) {
	if register == 0x63 {
		for i := range dst {
			word := uint16(c.oldest()[i/2%3])
			dst[i] = byte(word >> (8 * (i % 2)))
			if i%6 == 5 {
				c.pop(i + 1)
			}
		}
		return
	}
	for i := range dst {
		switch n := register + byte(i); n {
		case 0x60:
			dst[i] = byte(6 * c.level)
		case 0x61:
			dst[i] = byte(6 * c.level >> 8)
		default:
			dst[i] = c.regs[n]
		}
	}
}

func (m kx134) write(c *Chip, register, value byte) {
	isOn := c.regs[0x1b]&0x80 != 0
	switch {
	case register <= 0x13 || register == 0x60 || register == 0x61:
		return
	case register == 0x62:
		c.empty()
		return
	case register == 0x1c && value&0x80 != 0:
		c.restart()
		return
	case register == 0x5d:
		c.force(value == 0xca, m.scale(c))
		return // it reads as 0
	case isOn && register >= 0x21 && register <= 0x5f:
		return // settings change in standby only
	}
	c.regs[register] = value
	switch register {
	case 0x5f:
		c.depth = 0
		if value&0xc3 == 0xc1 {
			c.depth = 86
		} else {
			c.empty()
		}
	case 0x1b:
		hz := 0.0
		if code := c.regs[0x21] & 0x0f; value&0x80 != 0 && (value&0x40 != 0 || code < 9) {
			hz = 25600 / float64(int(1)<<(15-code))
		}
		c.run(hz)
	}
}

func (kx134) scale(c *Chip) float64 { return float64(int(8) << (c.regs[0x1b] >> 3 & 3)) }
