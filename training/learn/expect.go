package learn

import (
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/training/falsealarms"
)

// expected returns what the decision will do on sound like this.
func (s *scored) expected(d decide.Settings) (*decide.Expected, error) {
	var clips [][]float64
	s.each(func(clip []float64) { clips = append(clips, clip) })
	period := time.Duration(math.Round(s.periodS * float64(time.Second)))
	e, err := falsealarms.Expect(clips, period, d, s.surprises > 0)
	if err != nil {
		return nil, fmt.Errorf("learn: %w", err)
	}
	return e, nil
}
