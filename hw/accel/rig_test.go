package accel_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/adxl355"
	"github.com/auscult/auscult/hw/accel/icm20948"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/kx134"
	"github.com/auscult/auscult/hw/accel/lis2dw12"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/lsm6dso"
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
	open opener
	opts accel.Opts
}

func spiBus(f physic.Frequency) acceltest.Bus {
	return acceltest.Bus{SPI: true, Frequency: f, PerTransfer: spiOverhead}
}

var i2cBus = acceltest.Bus{Frequency: 400 * physic.KiloHertz, PerTransfer: i2cOverhead}

// opener opens the driver of a simulated chip.
type opener func(*acceltest.Chip, accel.Opts) (accel.Sensor, error)

// onSPI and onI2C make openers of the drivers' constructors.
func onSPI[D accel.Sensor](open func(spi.Port, accel.Opts) (D, error)) opener {
	return func(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) { return open(c.SPI(spiOverhead, 0), o) }
}

func onI2C[D accel.Sensor](open func(i2c.Bus, uint16, accel.Opts) (D, error), address uint16) opener {
	return func(c *acceltest.Chip, o accel.Opts) (accel.Sensor, error) {
		return open(c.I2C(address, i2cOverhead), address, o)
	}
}

// How the drivers are opened.
var (
	adxlSPI    = onSPI(adxl345.NewSPI)
	adxlI2C    = onI2C(adxl345.NewI2C, adxl345.AddressLow)
	iisSPI     = onSPI(iis3dwb.NewSPI)
	lisSPI     = onSPI(lis3dh.NewSPI)
	lisI2C     = onI2C(lis3dh.NewI2C, lis3dh.AddressLow)
	mpuI2C     = onI2C(mpu6050.NewI2C, mpu6050.AddressLow)
	mpuSPI     = onSPI(mpu6050.NewSPI)
	adxl355SPI = onSPI(adxl355.ADXL355.NewSPI)
	adxl355I2C = onI2C(adxl355.ADXL355.NewI2C, adxl355.AddressLow)
	adxl357SPI = onSPI(adxl355.ADXL357.NewSPI)
	lis2SPI    = onSPI(lis2dw12.NewSPI)
	lis2I2C    = onI2C(lis2dw12.NewI2C, lis2dw12.AddressHigh)
	lsmSPI     = onSPI(lsm6dso.NewSPI)
	lsmI2C     = onI2C(lsm6dso.NewI2C, lsm6dso.AddressLow)
	kxSPI      = onSPI(kx134.NewSPI)
	kxI2C      = onI2C(kx134.NewI2C, kx134.AddressHigh)
	icmSPI     = onSPI(icm20948.NewSPI)
	icmI2C     = onI2C(icm20948.NewI2C, icm20948.AddressHigh)
)

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
	{"MPU-6500 SPI", spiBus(mpu6050.SPIClock), acceltest.PlanMPU6050, acceltest.NewMPU6500, mpuSPI, accel.Opts{}},
	{"ADXL355 SPI", spiBus(adxl355.SPIClock), acceltest.PlanADXL355, acceltest.NewADXL355, adxl355SPI, accel.Opts{}},
	{"ADXL355 I2C", i2cBus, acceltest.PlanADXL355, acceltest.NewADXL355, adxl355I2C, accel.Opts{RangeG: 2}},
	{"ADXL357 SPI", spiBus(adxl355.SPIClock), acceltest.PlanADXL355, acceltest.NewADXL357, adxl357SPI, accel.Opts{}},
	{"LIS2DW12 SPI", spiBus(lis2dw12.SPIClock), acceltest.PlanLIS2DW12, acceltest.NewLIS2DW12, lis2SPI, accel.Opts{}},
	{"LIS2DW12 I2C", i2cBus, acceltest.PlanLIS2DW12, acceltest.NewLIS2DW12, lis2I2C, accel.Opts{RangeG: 4}},
	{"LSM6DSO SPI", spiBus(lsm6dso.SPIClock), acceltest.PlanLSM6DSO, acceltest.NewLSM6DSO, lsmSPI, accel.Opts{}},
	{"LSM6DSO I2C", i2cBus, acceltest.PlanLSM6DSO, acceltest.NewLSM6DSO, lsmI2C, accel.Opts{RangeG: 2}},
	{
		"LSM6DSO I2C 208 Hz", i2cBus, acceltest.PlanLSM6DSO, acceltest.NewLSM6DSO, lsmI2C,
		accel.Opts{Rate: 208 * physic.Hertz, Watermark: 50},
	},
	{"KX134 SPI", spiBus(kx134.SPIClock), acceltest.PlanKX134, acceltest.NewKX134, kxSPI, accel.Opts{}},
	{
		"KX134 SPI 12800 Hz", spiBus(kx134.SPIClock), acceltest.PlanKX134, acceltest.NewKX134, kxSPI,
		accel.Opts{Rate: 12800 * physic.Hertz, RangeG: 8},
	},
	{"KX134 I2C", i2cBus, acceltest.PlanKX134, acceltest.NewKX134, kxI2C, accel.Opts{RangeG: 16}},
	{"ICM-20948 SPI", spiBus(icm20948.SPIClock), acceltest.PlanICM20948, acceltest.NewICM20948, icmSPI, accel.Opts{}},
	{
		"ICM-20948 I2C 225 Hz", i2cBus, acceltest.PlanICM20948, acceltest.NewICM20948, icmI2C,
		accel.Opts{Rate: 225 * physic.Hertz, RangeG: 2},
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
