package acceltest

// NewICM20948 returns an InvenSense ICM-20948 after power-up, with another bank in sight than the
// first.
func NewICM20948(clock *Clock, o Options) *Chip {
	c := newChip(clock, &icm20948{}, o)
	c.regs[0x7f] = 0x20
	return c
}

// icm20948 has four banks of registers; the chip's own are the first.
type icm20948 struct{ banks [4][128]byte }

func (m *icm20948) reset(c *Chip) {
	m.banks = [4][128]byte{}
	c.identify(0x00, 0xea)
	c.regs[0x06] = 0x41
	copy(m.banks[1][0x0e:], c.options.SelfTestCodes[:])
	m.banks[2][0x14] = 1
}

func (*icm20948) address(first byte, isSPI bool) (byte, bool) {
	return first & 0x7f, isSPI && first&0x80 != 0
}

func (*icm20948) high(*Chip, int) bool { return false }

func (m *icm20948) read(c *Chip, register byte, dst []byte) {
	bank := c.regs[0x7f] >> 4 & 3
	if bank == 0 && register == 0x72 {
		for i := range dst {
			word := uint16(c.oldest()[i/2%3])
			dst[i] = byte(word >> (8 * (1 - i%2)))
			if i%6 == 5 {
				c.pop(i + 1)
			}
		}
		return
	}
	for i := range dst {
		switch n := (register + byte(i)) & 0x7f; {
		case n == 0x7f:
			dst[i] = c.regs[n]
		case bank != 0:
			dst[i] = m.banks[bank][n]
		case n == 0x1b:
			dst[i] = 0
			if c.over && c.regs[0x12] != 0 {
				dst[i] = 1
			}
		case n == 0x70 || n == 0x71:
			count := 6 * c.level
			if c.over {
				count = 512
			}
			dst[i] = byte(count >> (8 * (0x71 - n)))
		default:
			dst[i] = c.regs[n]
		}
	}
}

func (m *icm20948) write(c *Chip, register, value byte) {
	bank := c.regs[0x7f] >> 4 & 3
	switch {
	case register == 0x7f:
		c.regs[register] = value & 0x30
		return
	case bank != 0:
		m.banks[bank][register] = value
	case register == 0x00 || register == 0x1b || register == 0x70 || register == 0x71:
		return
	case register == 0x06 && value&0x80 != 0:
		c.restart()
		return
	default:
		c.regs[register] = value
	}
	if bank == 0 && register == 0x68 && value&0x1f == 0x1f {
		c.empty()
	}
	if bank == 2 {
		code := m.banks[2][0x14] >> 1 & 3
		c.force(m.banks[2][0x15]&0x1c == 0x1c, float64(int(2)<<code))
	}
	switch register {
	case 0x03, 0x67:
		c.update()
		c.depth = 0
		if c.regs[0x03]&0x40 != 0 && c.regs[0x67]&0x10 != 0 {
			c.depth = 85
		}
	case 0x06, 0x10, 0x11, 0x14:
		c.run(m.hz(c))
	}
}

// hz returns the rate at which the registers have the chip measure.
func (m *icm20948) hz(c *Chip) float64 {
	if c.regs[0x06]&0x40 != 0 {
		return 0
	}
	if m.banks[2][0x14]&1 == 0 {
		return 4500 // the divider does nothing then
	}
	return 1125 / (float64(int(m.banks[2][0x10])<<8|int(m.banks[2][0x11])) + 1)
}
