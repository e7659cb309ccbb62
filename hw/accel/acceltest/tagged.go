package acceltest

// NewIIS3DWB returns an STMicroelectronics IIS3DWB after power-up.
func NewIIS3DWB(clock *Clock, o Options) *Chip { return newChip(clock, tagged{id: 0x7b}, o) }

// NewLSM6DSO returns an STMicroelectronics LSM6DSO after power-up, or with the identification of its
// kin.
func NewLSM6DSO(clock *Clock, o Options) *Chip {
	return newChip(clock, tagged{id: 0x6c, divides: true}, o)
}

// tagged is a chip whose FIFO holds words with tags and its own time: an IIS3DWB with its one rate,
// or one that divides its fastest rate by powers of 2.
type tagged struct {
	id      byte
	divides bool
}

func (m tagged) reset(c *Chip) {
	c.identify(0x0f, m.id)
	c.regs[0x12] = 0x04
}

func (tagged) address(first byte, isSPI bool) (byte, bool) {
	return first & 0x7f, isSPI && first&0x80 != 0
}

func (tagged) high(c *Chip, level int) bool {
	watermark := int(c.regs[0x07]) | int(c.regs[0x08]&1)<<8
	return c.regs[0x0d]&8 != 0 && level >= watermark
}

// code returns the rate's code, 0 in standby.
func (tagged) code(c *Chip) byte { return c.regs[0x10] >> 4 }

// ticks returns the chip's time at a sample.
func (m tagged) ticks(c *Chip, index uint64) uint64 {
	if !m.divides {
		return index * 3 / 2 // three ticks of 25 µs are two sample times
	}
	return index * 6 << (10 - m.code(c))
}

func (m tagged) read(c *Chip, register byte, dst []byte) {
	n := register
	for i := range dst {
		switch {
		case n == 0x78:
			index, isStamp := c.entry()
			switch {
			case c.level == 0:
				dst[i] = 0
			case isStamp:
				dst[i] = 4<<3 | byte(index)&3<<1
			default:
				dst[i] = 2<<3 | byte(index)&3<<1
			}
		case n >= 0x79 && n <= 0x7e:
			word := uint16(c.oldest()[(n-0x79)/2])
			dst[i] = byte(word >> (8 * ((n - 0x79) % 2)))
			if index, isStamp := c.entry(); isStamp {
				dst[i] = byte(m.ticks(c, index) >> (8 * (n - 0x79)))
			}
			if n == 0x7e {
				c.pop(i + 1)
			}
		case n == 0x3a:
			dst[i] = byte(c.level)
		case n == 0x3b:
			dst[i] = byte(c.level >> 8 & 3)
			if c.full {
				dst[i] |= 1 << 3
			}
			if c.level >= c.depth && c.depth > 0 {
				dst[i] |= 1 << 6
			}
			c.full = false
		default:
			dst[i] = c.regs[n]
		}
		if n++; n == 0x7f {
			n = 0x78
		}
	}
}

func (m tagged) write(c *Chip, register, value byte) {
	switch register {
	case 0x0f, 0x3a, 0x3b:
		return
	case 0x12:
		if value&1 != 0 {
			c.restart()
			return
		}
	}
	c.regs[register] = value
	switch register {
	case 0x0a:
		c.empty()
		c.depth, c.stamps = 0, 0
		if value&7 == 6 && c.regs[0x09]&0x0f != 0 {
			c.depth = 512
		}
		if c.regs[0x19]&0x20 != 0 {
			c.stamps = [4]int{0, 1, 8, 32}[value>>6]
		}
	case 0x10, 0x14:
		scale := [4]float64{2, 16, 4, 8}[c.regs[0x10]>>2&3]
		c.force(c.regs[0x14]&3 == 1, scale)
		c.run(m.hz(c))
	}
}

// hz returns the rate at which the registers have the chip measure.
func (m tagged) hz(c *Chip) float64 {
	code := m.code(c)
	switch {
	case m.divides && code >= 1 && code <= 10 && c.regs[0x09]&0x0f == code:
		return 20000.0 / 3 / float64(int(1)<<(10-code))
	case !m.divides && code == 0x0a && c.regs[0x09]&0x0f == 0x0a:
		return 80000.0 / 3
	}
	return 0
}
