package stfifo

import (
	"errors"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// Registers that the chips have in common beside the FIFO's.
const (
	RegWhoAmI   = 0x0f
	RegSelfTest = 0x14 // CTRL5_C

	regInt1Ctrl = 0x0d
	regCtrl1XL  = 0x10
	regCtrl3C   = 0x12
	regCtrl4C   = 0x13
	regCtrl10C  = 0x19
)

// Bits of these registers.
const (
	// SelfTest is what RegSelfTest gets to push the mass.
	SelfTest = 1

	int1FIFOTh = 1 << 3
	ctrl3Reset = 1 << 0
	ctrl3IfInc = 1 << 2
	ctrl3BDU   = 1 << 6
	ctrl4NoI2C = 1 << 2
	ctrl10Time = 1 << 5
)

// Ranges give the code of each range in g, which is not in order.
var Ranges = map[int]byte{2: 0, 16: 1, 4: 2, 8: 3}

// Restart brings the chip into its state after power-up, and bus and bursts into ours.
func (f *FIFO) Restart(clock accel.Clock, onSPI bool) error {
	if err := f.Registers.Set(regCtrl3C, ctrl3Reset|ctrl3IfInc); err != nil {
		return err
	}
	if err := f.Registers.AwaitReset(clock, regCtrl3C, ctrl3Reset); err != nil {
		return err
	}
	control := wire.Setting{Register: regCtrl4C}
	if onSPI {
		control.Value = ctrl4NoI2C
	}
	return f.Registers.Configure(wire.Setting{Register: regCtrl3C, Value: ctrl3BDU | ctrl3IfInc}, control)
}

// Measure empties the FIFO and has the chip measure, by codes of the rate, of the rate of the FIFO and of
// the range, with the watermark on INT1.
func (f *FIFO) Measure(watermark int, rate, batch, scale, selfTest byte) error {
	return f.Registers.Configure(
		wire.Setting{Register: regCtrl1XL},
		wire.Setting{Register: regControl4}, // bypass: empties the FIFO
		wire.Setting{Register: RegSelfTest, Value: selfTest},
		wire.Setting{Register: regControl1, Value: byte(watermark)},
		wire.Setting{Register: regControl2, Value: byte(watermark >> 8)},
		wire.Setting{Register: regControl3, Value: batch},
		wire.Setting{Register: regInt1Ctrl, Value: int1FIFOTh},
		wire.Setting{Register: regCtrl10C, Value: ctrl10Time},
		wire.Setting{Register: regControl4, Value: continuous},
		wire.Setting{Register: regCtrl1XL, Value: rate<<4 | scale<<2},
	)
}

// Halt leaves the chip in standby with an empty FIFO.
func (f *FIFO) Halt() error {
	return errors.Join(f.Registers.Set(regCtrl1XL, 0), f.Registers.Set(regInt1Ctrl, 0), f.Registers.Set(regControl4, 0))
}
