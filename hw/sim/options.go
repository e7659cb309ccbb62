package sim

import (
	"fmt"
	"math"
	"time"
)

// Kind names a fault.
type Kind string

// Kinds of faults. A fault that adds sound adds it at LevelDB re the healthy
// pump's level; the others ignore LevelDB.
const (
	// Bearing adds knocks at 3.58 times the shaft's rate, as a defect of an outer
	// race does, that ring at a fifth of the sample rate.
	Bearing Kind = "bearing"
	// Imbalance adds a tone at the shaft's rate.
	Imbalance Kind = "imbalance"
	// Cavitation adds bursts of noise at high frequencies, at random times. The
	// level is that within a burst.
	Cavitation Kind = "cavitation"
	// DeadSensor makes every sample 0.
	DeadSensor Kind = "dead_sensor"
	// LostSamples loses 10 ms of every 100 ms.
	LostSamples Kind = "lost_samples"
)

// Fault is switched on at a time.
type Fault struct {
	Kind    Kind
	At      time.Duration // since the first sample
	For     time.Duration // 0: to the end
	LevelDB float64       // re the healthy pump's level, -60 to 40 dB, not above full scale
}

// maxFaults bounds the sum of all faults.
const maxFaults = 32

// Options describes the pump and its sensor. Zero fields get the values of
// Default, Duration, Paced and Now aside.
type Options struct {
	SampleRateHz  int
	Channels      int           // 1 to 8
	BitsPerSample int           // 16 to 32
	Seed          uint64        // of all noise
	LevelDBFS     float64       // -100 to -1; root mean square re a full-scale square wave
	ShaftHz       float64       // turns per second
	Vanes         int           // of the impeller
	Duration      time.Duration // 0: endless
	Faults        []Fault
	// Paced delivers each block when its last sample would have been taken.
	Paced bool
	// Now is the clock that gives sample 0 its time, at the first Read; nil is
	// time.Now.
	Now func() time.Time
}

// Default returns a healthy pump at 24.7 turns a second with seven vanes, heard
// at -30 dBFS by one 24-bit microphone at 16 kHz.
func Default() Options {
	return Options{
		SampleRateHz:  16000,
		Channels:      1,
		BitsPerSample: 24,
		Seed:          1,
		LevelDBFS:     -30,
		ShaftHz:       24.7,
		Vanes:         7,
	}
}

// withDefaults fills zero fields.
func (o Options) withDefaults() Options {
	d := Default()
	if o.SampleRateHz == 0 {
		o.SampleRateHz = d.SampleRateHz
	}
	if o.Channels == 0 {
		o.Channels = d.Channels
	}
	if o.BitsPerSample == 0 {
		o.BitsPerSample = d.BitsPerSample
	}
	if o.Seed == 0 {
		o.Seed = d.Seed
	}
	if o.LevelDBFS == 0 {
		o.LevelDBFS = d.LevelDBFS
	}
	if o.ShaftHz == 0 {
		o.ShaftHz = d.ShaftHz
	}
	if o.Vanes == 0 {
		o.Vanes = d.Vanes
	}
	return o
}

// validate checks options without zero fields.
func (o Options) validate() error {
	switch {
	case o.SampleRateHz < 1000 || o.SampleRateHz > 768000:
		return fmt.Errorf("sim: sample rate %d Hz: must be 1000 to 768000", o.SampleRateHz)
	case o.Channels < 1 || o.Channels > 8:
		return fmt.Errorf("sim: %d channels: must be 1 to 8", o.Channels)
	case o.BitsPerSample < 16 || o.BitsPerSample > 32:
		return fmt.Errorf("sim: %d bits: must be 16 to 32", o.BitsPerSample)
	case !(o.LevelDBFS >= -100 && o.LevelDBFS <= -1):
		return fmt.Errorf("sim: level %g dBFS: must be -100 to -1", o.LevelDBFS)
	case !(o.ShaftHz >= 1) || o.Vanes < 1 || o.Vanes > 100,
		!(2*o.ShaftHz*float64(max(o.Vanes, 2)) < float64(o.SampleRateHz)/2):
		return fmt.Errorf("sim: %g turns a second with %d vanes: "+
			"need at least 1 of each, and twice their product below half the sample rate",
			o.ShaftHz, o.Vanes)
	case o.Duration < 0:
		return fmt.Errorf("sim: duration %v: must not be negative", o.Duration)
	}
	if len(o.Faults) > maxFaults {
		return fmt.Errorf("sim: %d faults: at most %d", len(o.Faults), maxFaults)
	}
	for _, f := range o.Faults {
		switch f.Kind {
		case Bearing, Imbalance, Cavitation, DeadSensor, LostSamples:
		default:
			return fmt.Errorf("sim: unknown fault %q", f.Kind)
		}
		if f.At < 0 || f.For < 0 {
			return fmt.Errorf("sim: fault %s at %v for %v: must not be negative", f.Kind, f.At, f.For)
		}
		if !(math.Abs(f.LevelDB-(-10)) <= 50) {
			return fmt.Errorf("sim: fault %s at %g dB: must be -60 to 40", f.Kind, f.LevelDB)
		}
		if o.LevelDBFS+f.LevelDB > 0 {
			return fmt.Errorf("sim: fault %s at %g dB re %g dBFS: must not exceed full scale", f.Kind, f.LevelDB, o.LevelDBFS)
		}
	}
	return nil
}
