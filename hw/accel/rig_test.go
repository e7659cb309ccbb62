package accel_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/mpu6050"
)

// What the host adds to a transfer in these simulations: about what system call,
// driver and interrupt take on small boards. The bus' own time comes on top.
const (
	i2cOverhead = 60 * time.Microsecond
	spiOverhead = 20 * time.Microsecond
)

// rig is one chip on one bus.
type rig struct {
	name string
	bus  acceltest.Bus
	plan acceltest.Plan
	chip func(*acceltest.Clock, acceltest.Options) *acceltest.Chip
	open func(*acceltest.Chip, accel.Opts) (accel.Sensor, error)
	opts accel.Opts
}

func spiBus(f physic.Frequency) acceltest.Bus {
	return acceltest.Bus{SPI: true, Frequency: f, PerTransfer: spiOverhead}
}

var i2cBus = acceltest.Bus{Frequency: 400 * physic.KiloHertz, PerTransfer: i2cOverhead}

// openers turn a driver's constructor into one of a Sensor.
func adxlSPI(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return adxl345.NewSPI(c.SPI(spiOverhead, 0), o)
}

func adxlI2C(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return adxl345.NewI2C(c.I2C(adxl345.AddressLow, i2cOverhead), adxl345.AddressLow, o)
}

func iisSPI(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return iis3dwb.NewSPI(c.SPI(spiOverhead, 0), o)
}

func lisSPI(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return lis3dh.NewSPI(c.SPI(spiOverhead, 0), o)
}

func lisI2C(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return lis3dh.NewI2C(c.I2C(lis3dh.AddressLow, i2cOverhead), lis3dh.AddressLow, o)
}

func mpuI2C(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
	return mpu6050.NewI2C(c.I2C(mpu6050.AddressLow, i2cOverhead), mpu6050.AddressLow, o)
}

// rigs are all chips on all their buses at their fastest, and a few slower.
var rigs = []rig{
	{"ADXL345 SPI", spiBus(adxl345.SPIClock), acceltest.PlanADXL345, acceltest.NewADXL345, adxlSPI, accel.Opts{}},
	{
		"ADXL345 SPI 100 Hz", spiBus(adxl345.SPIClock), acceltest.PlanADXL345, acceltest.NewADXL345, adxlSPI,
		accel.Opts{Rate: 100 * physic.Hertz, RangeG: 2},
	},
	{"ADXL345 I2C", i2cBus, acceltest.PlanADXL345, acceltest.NewADXL345, adxlI2C, accel.Opts{}},
	{
		"ADXL345 I2C 3200 Hz", i2cBus, acceltest.PlanADXL345, acceltest.NewADXL345, adxlI2C,
		accel.Opts{Rate: 3200 * physic.Hertz, RangeG: 4, Watermark: 8, BeyondDataSheet: true},
	},
	{"IIS3DWB SPI", spiBus(iis3dwb.SPIClock), acceltest.PlanIIS3DWB, acceltest.NewIIS3DWB, iisSPI, accel.Opts{RangeG: 8}},
	{"LIS3DH SPI", spiBus(lis3dh.SPIClock), acceltest.PlanLIS3DH, acceltest.NewLIS3DH, lisSPI, accel.Opts{}},
	{"LIS3DH I2C", i2cBus, acceltest.PlanLIS3DH, acceltest.NewLIS3DH, lisI2C, accel.Opts{}},
	{
		"LIS3DH I2C 1344 Hz", i2cBus, acceltest.PlanLIS3DH, acceltest.NewLIS3DH, lisI2C,
		accel.Opts{Rate: 1344 * physic.Hertz, RangeG: 4},
	},
	{"MPU-6050 I2C", i2cBus, acceltest.PlanMPU6050, acceltest.NewMPU6050, mpuI2C, accel.Opts{}},
	{
		"MPU-6050 I2C 200 Hz", i2cBus, acceltest.PlanMPU6050, acceltest.NewMPU6050, mpuI2C,
		accel.Opts{Rate: 200 * physic.Hertz, RangeG: 2},
	},
}

// assembly is a rig that was put together.
type assembly struct {
	clock  *acceltest.Clock
	chip   *acceltest.Chip
	sensor accel.Sensor
	pin    *acceltest.Pin
	source *accel.Source
}

// assemble starts a rig; late is how late the host wakes at most, at random.
func (r rig) assemble(t *testing.T, o acceltest.Options, polled bool, late time.Duration) assembly {
	t.Helper()
	a := assembly{clock: &acceltest.Clock{}}
	a.chip = r.chip(a.clock, o)
	opts := r.opts
	opts.Clock = a.clock
	var err error
	if a.sensor, err = r.open(a.chip, opts); err != nil {
		t.Fatal(err)
	}
	a.pin = a.chip.Pin()
	if late > 0 {
		random := rand.New(rand.NewPCG(1, 2))
		a.pin.Late = func() time.Duration { return time.Duration(random.Int64N(int64(late))) }
	}
	options := accel.SourceOptions{Clock: a.clock}
	if !polled {
		options.Pin = a.pin
	}
	if a.source, err = accel.NewSource(a.sensor, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.source.Halt(); err != nil {
			t.Errorf("Halt: %v", err)
		}
		if a.chip.Measuring() {
			t.Error("the chip measures after Halt")
		}
	})
	return a
}
