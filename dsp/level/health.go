package level

import "fmt"

// Code names a fault of a signal.
type Code string

// Faults of a signal.
const (
	// Dead is a channel whose samples all have one value: no microphone, a cable
	// that broke, a driver that gives zeros.
	Dead Code = "dead"
	// Stuck is a channel that kept one value for too long.
	Stuck Code = "stuck"
	// Clipped is a channel that was too often at the end of its range.
	Clipped Code = "clipped"
	// Offset is a channel whose direct component is too large.
	Offset Code = "offset"
)

// Fault is what is wrong with a signal.
type Fault struct {
	Code Code
	Text string
}

// Limits say from where on a number is a fault. A limit of 0 is not checked.
type Limits struct {
	StuckSamples uint64  // samples in a row of one value
	ClippedShare float64 // of all samples, 0 to 1
	Offset       float64 // magnitude of the direct component, full scale 1
}

// DefaultLimits returns limits that no working microphone or accelerometer
// reaches: 100 ms of one value, one sample of 1000 clipped, an offset of a
// quarter of the range.
func DefaultLimits(sampleRateHz int) Limits {
	return Limits{StuckSamples: uint64(max(sampleRateHz/10, 16)), ClippedShare: 0.001, Offset: 0.25}
}

// Dead reports whether all samples, of which there are several, had one value.
func (m *Meter) Dead() bool { return m.n > 1 && m.longest == m.n }

// Faults returns what is wrong with what was measured, the worst first, and
// nothing when there are no samples. A dead channel has no other fault.
func (m *Meter) Faults(l Limits) []Fault {
	if m.n == 0 {
		return nil
	}
	if m.Dead() {
		return []Fault{{Dead, fmt.Sprintf("all %d samples have the value %d", m.n, m.last)}}
	}
	var faults []Fault
	if l.StuckSamples > 0 && m.longest >= l.StuckSamples {
		faults = append(faults, Fault{Stuck, fmt.Sprintf("%d samples in a row have one value", m.longest)})
	}
	if share := float64(m.clipped) / float64(m.n); l.ClippedShare > 0 && share >= l.ClippedShare {
		faults = append(faults, Fault{Clipped, fmt.Sprintf("%.2g %% of the samples are at the end of the range", 100*share)})
	}
	if dc := m.DC(); l.Offset > 0 && (dc >= l.Offset || -dc >= l.Offset) {
		faults = append(faults, Fault{Offset, fmt.Sprintf("the direct component is %.2g of full scale", dc)})
	}
	return faults
}
