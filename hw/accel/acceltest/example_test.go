package acceltest_test

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/adxl355"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/kx134"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/lsm6dso"
)

// What reading each chip at its fastest costs the bus, on paper and with an
// assumed time that the host adds to each transfer.
func ExamplePlan_Budget() {
	i2c := acceltest.Bus{Frequency: 400 * physic.KiloHertz, PerTransfer: 60 * time.Microsecond}
	spi := func(f physic.Frequency) acceltest.Bus {
		return acceltest.Bus{SPI: true, Frequency: f, PerTransfer: 20 * time.Microsecond}
	}
	fmt.Println("chip      bus           rate Hz   paper    host    slack")
	for _, c := range []struct {
		chip, name string
		bus        acceltest.Bus
		plan       acceltest.Plan
		rate       physic.Frequency
		depth      int
		watermark  int
	}{
		{"ADXL345", "SPI 2 MHz", spi(adxl345.SPIClock), acceltest.PlanADXL345, 3200 * physic.Hertz, 33, 16},
		{"ADXL345", "I2C 400 kHz", i2c, acceltest.PlanADXL345, 800 * physic.Hertz, 33, 16},
		{"ADXL345", "I2C 400 kHz", i2c, acceltest.PlanADXL345, 3200 * physic.Hertz, 33, 16},
		{"IIS3DWB", "SPI 10 MHz", spi(iis3dwb.SPIClock), acceltest.PlanIIS3DWB, iis3dwb.Rate, 512, 256},
		{"LIS3DH", "SPI 10 MHz", spi(lis3dh.SPIClock), acceltest.PlanLIS3DH, 5376 * physic.Hertz, 32, 16},
		{"LIS3DH", "I2C 400 kHz", i2c, acceltest.PlanLIS3DH, 5376 * physic.Hertz, 32, 16},
		{"ADXL355", "SPI 10 MHz", spi(adxl355.SPIClock), acceltest.PlanADXL355, 4000 * physic.Hertz, 32, 16},
		{"ADXL355", "I2C 400 kHz", i2c, acceltest.PlanADXL355, 1000 * physic.Hertz, 32, 16},
		{"LIS2DW12", "I2C 400 kHz", i2c, acceltest.PlanLIS2DW12, 1600 * physic.Hertz, 32, 16},
		{"LSM6DSO", "SPI 10 MHz", spi(lsm6dso.SPIClock), acceltest.PlanLSM6DSO, 6667 * physic.Hertz, 512, 256},
		{"LSM6DSO", "I2C 400 kHz", i2c, acceltest.PlanLSM6DSO, 1667 * physic.Hertz, 512, 256},
		{"KX134", "SPI 10 MHz", spi(kx134.SPIClock), acceltest.PlanKX134, 3200 * physic.Hertz, 86, 43},
		{"KX134", "SPI 10 MHz", spi(kx134.SPIClock), acceltest.PlanKX134, 25600 * physic.Hertz, 86, 43},
		{"ICM-20948", "I2C 400 kHz", i2c, acceltest.PlanICM20948, 1125 * physic.Hertz, 85, 42},
		{"MPU-6050", "I2C 400 kHz", i2c, acceltest.PlanMPU6050, 1000 * physic.Hertz, 170, 85},
	} {
		config := accel.Config{Rate: c.rate, FIFODepth: c.depth, Watermark: c.watermark}
		host := c.plan.Budget(c.bus, config)
		c.bus.PerTransfer = 0
		paper := c.plan.Budget(c.bus, config)
		fmt.Printf("%-9s %-12s %8.0f  %5.1f%%  %5.1f%%  %6.2fms\n", c.chip, c.name, float64(c.rate)/float64(physic.Hertz),
			100*paper.Share, 100*host.Share, float64(host.Slack)/float64(time.Millisecond))
	}
	// Output:
	// chip      bus           rate Hz   paper    host    slack
	// ADXL345   SPI 2 MHz        3200    9.1%   15.9%    5.28ms
	// ADXL345   I2C 400 kHz       800   17.3%   22.4%   21.09ms
	// ADXL345   I2C 400 kHz      3200   69.2%   89.5%    5.16ms
	// IIS3DWB   SPI 10 MHz      26667   17.1%   17.5%    9.58ms
	// LIS3DH    SPI 10 MHz       5376    2.7%    4.0%    2.95ms
	// LIS3DH    I2C 400 kHz      5376   78.4%   82.4%    2.82ms
	// ADXL355   SPI 10 MHz       4000    3.0%    4.0%    3.98ms
	// ADXL355   I2C 400 kHz      1000   21.5%   22.2%   15.82ms
	// LIS2DW12  I2C 400 kHz      1600   23.3%   24.5%    9.84ms
	// LSM6DSO   SPI 10 MHz       6667    4.3%    4.4%   38.38ms
	// LSM6DSO   I2C 400 kHz      1667   30.1%   30.2%  153.39ms
	// KX134     SPI 10 MHz       3200    1.6%    1.9%   13.42ms
	// KX134     SPI 10 MHz      25600   12.5%   14.9%    1.66ms
	// ICM-20948 I2C 400 kHz      1125   16.0%   16.5%   37.88ms
	// MPU-6050  I2C 400 kHz      1000   13.8%   14.1%   84.66ms
}
