package acceltest_test

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/lis3dh"
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
	// MPU-6050  I2C 400 kHz      1000   13.8%   14.1%   84.66ms
}
