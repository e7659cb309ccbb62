package sensor

import (
	"context"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/sim"
)

// Sim is a simulated pump, healthy or not.
type Sim struct {
	Paced        bool             `toml:"paced"`
	SampleRateHz int              `toml:"sample_rate_hz"` // 0: 16000
	ShaftHz      float64          `toml:"shaft_hz"`       // 0: 24.7
	Duration     setting.Duration `toml:"duration"`       // 0: for ever
	Seed         int64            `toml:"seed"`           // 0: 1
	Fault        string           `toml:"fault"`          // one of simFaults; empty: none
	FaultAt      setting.Duration `toml:"fault_at"`
	FaultFor     setting.Duration `toml:"fault_for"`      // 0: for ever
	FaultLevelDB float64          `toml:"fault_level_db"` // re the healthy pump

	// Channels to give at least; 0: as many as are listened to.
	Channels int `toml:"-"`
}

// simFaults are the faults that a simulated pump can have.
var simFaults = []string{
	string(sim.Bearing), string(sim.Cavitation), string(sim.DeadSensor), string(sim.Imbalance), string(sim.LostSamples),
}

// Validate is Sensor's.
func (s *Sim) Validate(int) *setting.Problem {
	switch {
	case s.SampleRateHz != 0 && (s.SampleRateHz < minSoundHz || s.SampleRateHz > maxSoundHz):
		return setting.Wrong("sample_rate_hz", "must be 0 (16000) or %d to %d", minSoundHz, maxSoundHz)
	case s.ShaftHz != 0 && !(s.ShaftHz >= 1 && s.ShaftHz <= 200):
		return setting.Wrong("shaft_hz", "must be 0 (24.7) or 1 to 200")
	case s.Duration < 0:
		return setting.Wrong("duration", `is below 0: write "0s" for no end`)
	case s.Seed < 0:
		return setting.Wrong("seed", "must not be negative")
	}
	return s.validateFault()
}

func (s *Sim) validateFault() *setting.Problem {
	switch {
	case s.Fault != "" && !slices.Contains(simFaults, s.Fault):
		return setting.Wrong("fault", `%q: write "" for none, or %s`, setting.OneLine(s.Fault),
			setting.Alternatives(simFaults))
	case s.FaultAt < 0:
		return setting.Wrong("fault_at", "must not be negative")
	case s.FaultFor < 0:
		return setting.Wrong("fault_for", `must not be negative: write "0s" for no end`)
	case !(s.FaultLevelDB >= -60 && s.FaultLevelDB <= 40):
		return setting.Wrong("fault_level_db", "must be -60 to 40")
	}
	return nil
}

// Open is Sensor's.
func (s *Sim) Open(_ context.Context, at Site) (hw.Source, error) {
	o := sim.Options{
		SampleRateHz: s.SampleRateHz, ShaftHz: s.ShaftHz, Channels: max(s.Channels, at.Channel+1),
		Duration: time.Duration(s.Duration), Seed: uint64(s.Seed), Paced: s.Paced, Now: at.Now,
	}
	if s.Fault != "" {
		o.Faults = []sim.Fault{{
			Kind: sim.Kind(s.Fault), At: time.Duration(s.FaultAt), For: time.Duration(s.FaultFor), LevelDB: s.FaultLevelDB,
		}}
	}
	pump, err := sim.New(o)
	if err != nil {
		return nil, err
	}
	return pump, nil
}
