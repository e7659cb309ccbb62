package outlook

import (
	"fmt"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/training/metrics"
)

// Observed is how many events normal sound raised that was not learned, beside what was expected.
type Observed struct {
	Events    int     `json:"events"`
	DurationS float64 `json:"duration_s"`
	Expected  float64 `json:"expected"` // events in that time
	// More says that these are more than the expectation allows: the sound is not like what was learned.
	More bool `json:"more_than_expected"`
}

// Observe compares; nil where nothing is expected or nothing was heard.
func Observe(e *decide.Expected, events int, seconds float64) *Observed {
	if e == nil || !(seconds > 0) {
		return nil
	}
	share := seconds / weekS
	return &Observed{
		Events: events, DurationS: seconds, Expected: e.PerWeek * share,
		More: metrics.PoissonCount(events).Low > e.High*share,
	}
}

const weekS = 7 * 24 * 3600

// String says it in a line.
func (o *Observed) String() string {
	text := fmt.Sprintf("in %s of normal sound here, %s events were to be expected, and %d came",
		timeText(o.DurationS), numberText(o.Expected), o.Events)
	if o.More {
		text += ": it is not like what was learned (another unit, place, state or gain, or a machine that changes with time): " +
			"learn it too, or put it right"
	}
	return text
}
