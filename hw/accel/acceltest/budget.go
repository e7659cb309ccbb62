package acceltest

import (
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
)

// Bus is what carries a sensor's registers.
type Bus struct {
	// SPI says that the bus is SPI; otherwise it is I²C.
	SPI bool
	// Frequency is the clock of the bus.
	Frequency physic.Frequency
	// PerTransfer is what the host adds to each transfer: the system call, the
	// driver, the gap before the first clock. 0 is the bus alone, on paper.
	PerTransfer time.Duration
}

// Transfer returns how long writing w bytes and then reading r bytes takes,
// the register's address among those written. On I²C that is a start, 9 clocks
// for the chip's address and for each byte, a second start and address before
// reading, and a stop; on SPI 8 clocks a byte, since nothing is read before the
// address went out.
func (b Bus) Transfer(w, r int) time.Duration {
	clocks := 8 * (w + r)
	if !b.SPI {
		clocks = 1 + 9*(1+w) + 1
		if r > 0 {
			clocks += 1 + 9*(1+r)
		}
	}
	// Frequencies are in µHz: clocks * 1e15 / µHz are nanoseconds.
	ns := float64(clocks) * 1e15 / float64(b.Frequency)
	return time.Duration(ns+0.5) + b.PerTransfer
}

// Plan is how a driver empties a chip's FIFO.
type Plan struct {
	// Status is how many bytes each transfer returns that asks for the level.
	Status []int
	// Bytes is how many bytes one sample time takes.
	Bytes int
	// Single says that each sample time needs a transfer of its own.
	Single bool
}

// How the drivers empty their chips' FIFOs.
var (
	PlanADXL345 = Plan{Status: []int{1}, Bytes: 6, Single: true}
	// The word of time with every 32nd sample time is counted as a byte with each,
	// which is too much.
	PlanIIS3DWB = Plan{Status: []int{2}, Bytes: 8}
	PlanLIS3DH  = Plan{Status: []int{1}, Bytes: 6}
	// The overflow flag, the count, the data.
	PlanMPU6050  = Plan{Status: []int{1, 2}, Bytes: 6}
	PlanICM20948 = Plan{Status: []int{1, 2}, Bytes: 6}
	PlanADXL355  = Plan{Status: []int{2}, Bytes: 9}
	PlanLIS2DW12 = Plan{Status: []int{1}, Bytes: 6}
	// As of the IIS3DWB.
	PlanLSM6DSO = Plan{Status: []int{2}, Bytes: 8}
	PlanKX134   = Plan{Status: []int{2}, Bytes: 6}
)

// Time returns how long asking for the level and reading n sample times takes.
func (p Plan) Time(bus Bus, n int) time.Duration {
	status := p.status(bus)
	switch {
	case n == 0:
		return status
	case p.Single:
		return status + time.Duration(n)*bus.Transfer(1, p.Bytes)
	default:
		return status + bus.Transfer(1, n*p.Bytes)
	}
}

// status returns how long asking for the level takes.
func (p Plan) status(bus Bus) (t time.Duration) {
	for _, bytes := range p.Status {
		t += bus.Transfer(1, bytes)
	}
	return t
}

// Budget is what reading a sensor costs its bus.
type Budget struct {
	// Share of the bus's time, 1 being all of it.
	Share float64
	// Burst is how long reading one watermark's worth takes.
	Burst time.Duration
	// Slack is how late the host may begin to read after the watermark without
	// losing a sample.
	Slack time.Duration
	// Fits says that nothing is lost as long as the host keeps the slack.
	Fits bool
}

// Budget computes what reading at the configuration's watermark costs.
func (p Plan) Budget(bus Bus, c accel.Config) Budget {
	period := c.PeriodNS()
	b := Budget{Burst: p.Time(bus, c.Watermark)}
	b.Share = float64(b.Burst) / (float64(c.Watermark) * period)
	b.Slack = time.Duration(float64(c.FIFODepth-c.Watermark)*period) - p.status(bus)
	b.Fits = b.Share < 1 && b.Slack > 0
	return b
}
