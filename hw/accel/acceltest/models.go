package acceltest

import "encoding/binary"

// NewADXL345 returns an Analog Devices ADXL345 after power-up.
func NewADXL345(clock *Clock, o Options) *Chip { return newChip(clock, adxl345{}, o) }

// NewLIS3DH returns an STMicroelectronics LIS3DH after power-up.
func NewLIS3DH(clock *Clock, o Options) *Chip { return newChip(clock, lis3dh{}, o) }

// NewMPU6050 returns an InvenSense MPU-6050 after power-up.
func NewMPU6050(clock *Clock, o Options) *Chip { return newChip(clock, mpu6050{}, o) }

// NewMPU6500 returns an InvenSense MPU-6500 after power-up, or with the identification of one
// of its kin.
func NewMPU6500(clock *Clock, o Options) *Chip { return newChip(clock, mpu6050{newer: true}, o) }

// identify sets the identification register.
func (c *Chip) identify(register, id byte) {
	if c.options.ID != 0 {
		id = c.options.ID
	}
	c.regs[register] = id
}

// keep shortens a left-justified word to its significant bits.
func keep(word int16, bits int) uint16 { return uint16(word) >> (16 - bits) << (16 - bits) }

type adxl345 struct{}

func (adxl345) reset(c *Chip) {
	c.identify(0x00, 0xe5)
	c.regs[0x2c] = 0x0a
}

func (adxl345) address(first byte, isSPI bool) (byte, bool) {
	if isSPI {
		return first & 0x3f, first&0x80 != 0
	}
	return first, false
}

func (adxl345) high(c *Chip, level int) bool {
	return c.regs[0x2e]&2 != 0 && c.regs[0x2f]&2 == 0 && level >= int(c.regs[0x38]&0x1f)
}

func (a adxl345) read(c *Chip, register byte, dst []byte) {
	for i := range dst {
		n := register + byte(i)
		switch {
		case n >= 0x32 && n <= 0x37:
			if i == 0 || n == 0x32 {
				a.latch(c)
			}
			dst[i] = c.scratch[n-0x32]
			// The next sample moves up as the reading leaves the data registers.
			if n == 0x37 || i == len(dst)-1 {
				c.pop(i + 1)
			}
		case n == 0x39:
			dst[i] = byte(c.level)
		case n == 0x30:
			dst[i] = 0x80
			if c.regs[0x38]&0x1f <= byte(c.level) {
				dst[i] |= 2
			}
			if c.level >= 32 {
				dst[i] |= 1
			}
		default:
			dst[i] = c.regs[n]
		}
	}
}

// latch puts the oldest sample into the data registers.
func (adxl345) latch(c *Chip) {
	bits := 10
	if c.regs[0x31]&8 != 0 {
		bits += int(c.regs[0x31] & 3)
	}
	if c.regs[0x2c]&0x0f >= 0x0e {
		bits--
	}
	for axis, word := range c.oldest() {
		v := keep(word, bits)
		if c.regs[0x31]&4 == 0 {
			// Right-justified; the sign fills the top.
			v = uint16(int16(v) >> (16 - bits))
		}
		binary.LittleEndian.PutUint16(c.scratch[2*axis:], v)
	}
}

func (adxl345) write(c *Chip, register, value byte) {
	switch register {
	case 0x00, 0x30, 0x39:
		return
	}
	c.regs[register] = value
	switch register {
	case 0x38:
		c.depth = 0
		if value>>6 == 2 {
			c.depth = 33
		} else {
			c.empty()
		}
	case 0x31:
		c.force(value&0x80 != 0, 16)
	case 0x2d, 0x2c:
		hz := 0.0
		if c.regs[0x2d]&8 != 0 {
			hz = 3200
			for range 0x0f - c.regs[0x2c]&0x0f {
				hz /= 2
			}
		}
		c.run(hz)
	}
}

type lis3dh struct{}

func (lis3dh) reset(c *Chip) {
	c.identify(0x0f, 0x33)
	c.regs[0x1e], c.regs[0x20] = 0x10, 0x07
}

func (lis3dh) address(first byte, isSPI bool) (byte, bool) {
	if isSPI {
		return first & 0x3f, first&0x80 != 0
	}
	return first & 0x7f, false
}

func (lis3dh) high(c *Chip, level int) bool {
	return c.regs[0x22]&4 != 0 && level > int(c.regs[0x2e]&0x1f)
}

func (m lis3dh) read(c *Chip, register byte, dst []byte) {
	n := register
	for i := range dst {
		switch {
		case n >= 0x28 && n <= 0x2d:
			word := keep(c.oldest()[(n-0x28)/2], m.bits(c))
			dst[i] = byte(word >> (8 * ((n - 0x28) % 2)))
			if n == 0x2d {
				c.pop(i + 1)
				n = 0x27
			}
		case n == 0x2f:
			dst[i] = byte(min(c.level, 31))
			if c.level >= 32 {
				dst[i] |= 1 << 6
			}
			if c.level == 0 {
				dst[i] |= 1 << 5
			}
			if c.level > int(c.regs[0x2e]&0x1f) {
				dst[i] |= 1 << 7
			}
		default:
			dst[i] = c.regs[n]
		}
		n++
	}
}

func (lis3dh) bits(c *Chip) int {
	switch {
	case c.regs[0x20]&8 != 0:
		return 8
	case c.regs[0x23]&8 != 0:
		return 12
	}
	return 10
}

func (lis3dh) write(c *Chip, register, value byte) {
	if register == 0x0f || register == 0x2f {
		return
	}
	c.regs[register] = value
	switch register {
	case 0x2e, 0x24:
		c.depth = 0
		if c.regs[0x2e]>>6 == 2 && c.regs[0x24]&0x40 != 0 {
			c.depth = 32
		} else {
			c.empty()
		}
	case 0x20, 0x23:
		c.force(c.regs[0x23]>>1&3 == 1, [4]float64{2.048, 4.096, 8.192, 24.576}[c.regs[0x23]>>4&3])
		low := c.regs[0x20]&8 != 0
		hz := [16]float64{0, 1, 10, 25, 50, 100, 200, 400, 0, 1344}[c.regs[0x20]>>4]
		switch {
		case low && c.regs[0x20]>>4 == 8:
			hz = 1600
		case low && c.regs[0x20]>>4 == 9:
			hz = 5376
		}
		c.run(hz)
	}
}

// mpu6050 is the chip, or one of its newer kin: these run after a reset, have a register of its
// own for the filter, and half of the FIFO unless told otherwise.
type mpu6050 struct{ newer bool }

func (m mpu6050) reset(c *Chip) {
	c.identify(0x75, 0x68)
	c.regs[0x6b] = 0x40
	if m.newer {
		c.identify(0x75, 0x70)
		if c.regs[0x75] != 0x98 {
			c.regs[0x6b] = 0x01
		}
		copy(c.regs[0x0d:], c.options.SelfTestCodes[:])
		return
	}
	for axis, code := range c.options.SelfTestCodes {
		c.regs[0x0d+axis] = code >> 2 << 5
		c.regs[0x10] |= code & 3 << (4 - 2*axis)
	}
}

func (mpu6050) address(first byte, isSPI bool) (byte, bool) {
	return first & 0x7f, isSPI && first&0x80 != 0
}

func (mpu6050) high(*Chip, int) bool { return false }

func (mpu6050) read(c *Chip, register byte, dst []byte) {
	if register == 0x74 {
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
		n := register + byte(i)
		switch n {
		case 0x3a:
			dst[i] = 0
			// 170 whole sample times fit; the 171st overflows.
			if c.over {
				dst[i] |= 1 << 4
			}
		case 0x72, 0x73:
			count := uint16(6 * c.level)
			if c.over {
				count = 1024
			}
			dst[i] = byte(count >> (8 * (0x73 - n)))
		default:
			dst[i] = c.regs[n]
		}
	}
}

func (m mpu6050) write(c *Chip, register, value byte) {
	switch register {
	case 0x75, 0x3a, 0x72, 0x73:
		return
	case 0x6b:
		if value&0x80 != 0 {
			c.restart()
			return
		}
	}
	c.regs[register] = value
	switch register {
	case 0x6a:
		if value&4 != 0 {
			c.empty()
			c.regs[0x6a] &^= 4
		}
	case 0x1c:
		c.force(value&0xe0 == 0xe0, float64(int(2)<<(value>>3&3)))
	}
	switch register {
	case 0x6a, 0x23:
		c.update()
		c.depth = 0
		if c.regs[0x6a]&0x40 != 0 && c.regs[0x23]&8 != 0 {
			c.depth = 170
			if m.newer && c.regs[0x1d]&0x40 == 0 {
				c.depth = 85
			}
		}
	case 0x6b, 0x19, 0x1a:
		c.run(m.hz(c))
	}
}

// hz returns the rate at which the registers have the chip measure.
func (m mpu6050) hz(c *Chip) float64 {
	if c.regs[0x6b]&0x40 != 0 {
		return 0
	}
	internal := 1000.0
	if f := c.regs[0x1a] & 7; f == 0 || f == 7 {
		if m.newer {
			return 4000 // the divider does nothing then
		}
		internal = 8000
	}
	return internal / (float64(c.regs[0x19]) + 1)
}
