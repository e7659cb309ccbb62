package acceltest

// NewLIS2DW12 returns an STMicroelectronics LIS2DW12 after power-up.
func NewLIS2DW12(clock *Clock, o Options) *Chip { return newChip(clock, lis2dw12{}, o) }

type lis2dw12 struct{}

func (lis2dw12) reset(c *Chip) {
	c.identify(0x0f, 0x44)
	c.regs[0x21] = 0x04
}

func (lis2dw12) address(first byte, isSPI bool) (byte, bool) {
	return first & 0x7f, isSPI && first&0x80 != 0
}

func (lis2dw12) high(c *Chip, level int) bool {
	return c.regs[0x23]&2 != 0 && level >= int(c.regs[0x2e]&0x1f)
}

func (m lis2dw12) read(c *Chip, register byte, dst []byte) {
	n := register
	for i := range dst {
		switch {
		case n >= 0x28 && n <= 0x2d:
			word := keep(c.oldest()[(n-0x28)/2], 14)
			dst[i] = byte(word >> (8 * ((n - 0x28) % 2)))
			if n == 0x2d {
				c.pop(i + 1)
				n = 0x27
			}
		case n == 0x2f:
			dst[i] = byte(c.level)
			if c.over {
				dst[i] |= 1 << 6
			}
			if c.level >= int(c.regs[0x2e]&0x1f) {
				dst[i] |= 1 << 7
			}
			c.over = false
		default:
			dst[i] = c.regs[n]
		}
		n++
	}
}

func (m lis2dw12) write(c *Chip, register, value byte) {
	switch register {
	case 0x0f, 0x2f:
		return
	case 0x21:
		if value&0x40 != 0 {
			c.restart()
			return
		}
	}
	c.regs[register] = value
	switch register {
	case 0x2e:
		c.depth = 0
		if value>>5 == 6 {
			c.depth = 32
		} else {
			c.empty()
		}
	case 0x22, 0x25:
		c.force(c.regs[0x22]>>6 == 1, float64(int(2)<<(c.regs[0x25]>>4&3)))
	case 0x20:
		hz := 0.0
		if code := value >> 4; value>>2&3 == 1 && code >= 2 && code <= 9 {
			hz = 1600 / float64(int(1)<<(9-code))
		}
		c.run(hz)
	}
}
