package acceltest_test

import (
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
)

// TestTransfer compares with clocks counted by hand.
func TestTransfer(t *testing.T) {
	i2c := acceltest.Bus{Frequency: 400 * physic.KiloHertz}
	spi := acceltest.Bus{SPI: true, Frequency: 10 * physic.MegaHertz, PerTransfer: 7 * time.Microsecond}
	for _, c := range []struct {
		bus  acceltest.Bus
		w, r int
		want time.Duration
	}{
		// Start, address, register, start, address, six bytes, stop: 84 clocks.
		{i2c, 1, 6, 210 * time.Microsecond},
		// Start, address, register, value, stop: 29 clocks.
		{i2c, 2, 0, 72500 * time.Nanosecond},
		{spi, 1, 7, 13400 * time.Nanosecond},
	} {
		if got := c.bus.Transfer(c.w, c.r); got != c.want {
			t.Errorf("%+v, %d and %d bytes: %v, want %v", c.bus, c.w, c.r, got, c.want)
		}
	}
	plan := acceltest.Plan{Status: []int{1}, Bytes: 6, Single: true}
	config := accel.Config{Rate: 5 * physic.KiloHertz, FIFODepth: 32, Watermark: 16}
	if b := plan.Budget(i2c, config); b.Fits || b.Share < 1 {
		t.Errorf("5 kHz in single transfers on I²C: %+v, want that it does not fit", b)
	}
	config.Rate = 4 * physic.KiloHertz
	if b := plan.Budget(i2c, config); !b.Fits || b.Slack != 4*time.Millisecond-97500*time.Nanosecond {
		t.Errorf("4 kHz: %+v, want that it fits with 3.9025 ms of slack", b)
	}
}
