package content

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// NoiseCurve is how well one machine's clips are told apart at each of the noises that it was recorded in.
type NoiseCurve struct {
	Machine string       `json:"machine,omitempty"` // empty: there is one
	Points  []NoisePoint `json:"points"`            // from little noise to much
}

// CollapseDB returns the highest ratio at which detection has collapsed, or false when it has at none.
func (c *NoiseCurve) CollapseDB() (float64, bool) { return collapse(c.Points) }

func collapse(points []NoisePoint) (float64, bool) {
	for _, p := range points {
		if p.SNRdB != nil && p.Metrics.AUC != nil && *p.Metrics.AUC < Collapsed {
			return *p.SNRdB, true
		}
	}
	return 0, false
}

// louder orders points that were recorded in noise, from little of it to much.
func louder(a, b NoisePoint) int { return cmp.Compare(*b.SNRdB, *a.SNRdB) }

// recordedNoise groups the clips by machine and by the noise that their folders name: 6, 0 and -6 dB of one
// machine are one machine.
func (s *Study) recordedNoise(seed uint64) error {
	type cell struct {
		scores              [2][]float64
		alarms, falseAlarms int
	}
	cells := map[string]map[string]*cell{}
	var machines []string
	for i, p := range s.Result.Clips.Places() {
		if p.SNR == "" {
			continue
		}
		c := s.Result.Clips.At(i)
		of := cells[p.Machine]
		if of == nil {
			of = map[string]*cell{}
			cells[p.Machine] = of
			machines = append(machines, p.Machine)
		}
		at := of[p.SNR]
		if at == nil {
			at = &cell{}
			of[p.SNR] = at
		}
		abnormal := c.Label == dataset.Abnormal
		at.scores[count(abnormal)] = append(at.scores[count(abnormal)], c.Score)
		at.alarms += count(abnormal && c.Alarm)
		at.falseAlarms += count(!abnormal && c.Alarm)
	}
	for _, machine := range machines {
		curve := NoiseCurve{Machine: machine}
		for name, at := range cells[machine] {
			var db float64
			if _, err := fmt.Sscanf(name, "%g", &db); err != nil {
				return fmt.Errorf("content: noise %q: %w", name, err) // places have numbers
			}
			m, err := metrics.Evaluate(at.scores[0], at.scores[1], s.Settings.Decision.Threshold, seed)
			if err != nil {
				return err
			}
			curve.Points = append(curve.Points,
				NoisePoint{SNRdB: &db, Metrics: m, Alarms: at.alarms, FalseAlarms: at.falseAlarms})
		}
		slices.SortFunc(curve.Points, louder)
		if len(curve.Points) > 1 {
			s.InNoise = append(s.InNoise, curve)
		}
	}
	return nil
}
