package acceltest

// NewADXL355 returns an Analog Devices ADXL355 after power-up.
func NewADXL355(clock *Clock, o Options) *Chip { return newChip(clock, &adxl355{rangeG: 2}, o) }

// NewADXL357 returns an Analog Devices ADXL357 after power-up.
func NewADXL357(clock *Clock, o Options) *Chip { return newChip(clock, &adxl355{rangeG: 10}, o) }

// adxl355 is either chip; rangeG is the narrowest range.
type adxl355 struct {
	rangeG int
	axis   int // of the next word of the FIFO
}

func (m *adxl355) reset(c *Chip) {
	c.identify(0x00, 0xad)
	c.regs[0x01], c.regs[0x02], c.regs[0x29], c.regs[0x2c], c.regs[0x2d] = 0x1d, 0xed, 0x60, 0x81, 1
	c.depth, m.axis = 32, 0
}

func (*adxl355) address(first byte, isSPI bool) (byte, bool) {
	if isSPI {
		return first >> 1, first&1 != 0
	}
	return first, false
}

func (*adxl355) high(c *Chip, level int) bool {
	return c.regs[0x2a]&2 != 0 && c.regs[0x2c]&0x40 != 0 && 3*level >= int(c.regs[0x29])
}

func (m *adxl355) read(c *Chip, register byte, dst []byte) {
	if register == 0x11 {
		for i := 0; i+3 <= len(dst); i += 3 {
			m.word(c, dst[i:i+3], i+3)
		}
		return
	}
	for i := range dst {
		switch n := register + byte(i); n {
		case 0x04:
			dst[i] = 0
			if c.over {
				dst[i] |= 1 << 2
			}
			if m.high(c, c.level) {
				dst[i] |= 1 << 1
			}
			c.over = false
		case 0x05:
			dst[i] = byte(3*c.level - m.axis)
		default:
			dst[i] = c.regs[n]
		}
	}
}

// word gives the oldest word of the FIFO, the bytes up to byte n of the transfer.
func (m *adxl355) word(c *Chip, dst []byte, n int) {
	isEmpty := c.level == 0
	v := uint16(c.oldest()[m.axis])
	dst[0], dst[1], dst[2] = byte(v>>8), byte(v), 0
	switch {
	case isEmpty:
		dst[2] = 2
		return
	case m.axis == 0:
		dst[2] = 1
	}
	if m.axis++; m.axis == 3 {
		m.axis = 0
		c.pop(n)
	}
}

func (m *adxl355) write(c *Chip, register, value byte) {
	if register <= 0x11 {
		return
	}
	if register == 0x2f {
		if value == 0x52 {
			c.empty()
			c.restart()
		}
		return
	}
	c.regs[register] = value
	switch register {
	case 0x2c, 0x2e:
		code := max(c.regs[0x2c]&3, 1) - 1
		// A full word is 2.4 % beyond the range.
		c.force(c.regs[0x2e]&3 == 3, 1.024*float64(m.rangeG<<code))
	}
	switch register {
	case 0x28, 0x2d:
		hz := 0.0
		if c.regs[0x2d]&1 == 0 {
			hz = 4000 / float64(int(1)<<min(c.regs[0x28]&0x0f, 10))
		}
		c.run(hz)
	}
}
