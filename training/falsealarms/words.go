package falsealarms

import (
	"fmt"
	"math"
	"time"
)

// badFit is the share of simulated samples below which the fit is doubted.
const badFit = 0.05

// Verdict says in one sentence whether the budget is shown to be met.
func (c *Choice) Verdict() string {
	if c.Shown {
		return fmt.Sprintf("shown: %d false alarms in %s of recordings that the choice did not see leave at most %.2g per month (95 %%)",
			c.HeldOut, hours(c.Hours), c.Bound)
	}
	return fmt.Sprintf("cannot be shown with this much data: %d false alarms in %s leave up to %s per month (95 %%); record %s more of normal sound without a further false alarm",
		c.HeldOut, hours(c.Hours), count(c.Bound), hours(c.HoursMore))
}

// explain fills in the method, the assumptions and the notes.
func (c *Choice) explain(period time.Duration, o Options) {
	d := &c.Decision
	d.Method = fmt.Sprintf("at most %g false alarms per machine-month, by extreme values of %d recordings (%s), %.0f %% limit; %s",
		o.PerMonth, c.Recordings, hours(c.Hours), 100*o.Confidence,
		map[bool]string{true: "shown by the data", false: "not shown by the data"}[c.Shown])
	c.Assumptions = []string{
		fmt.Sprintf("a month is %d h of running machine, of which the recordings are typical: other loads, seasons and neighbours are not in them", MonthHours),
		fmt.Sprintf("takes (%d) are independent of each other; within one, observations may be as alike as they like", c.Takes),
		fmt.Sprintf("the highest scores fall off exponentially beyond what was recorded (Gumbel); %.0f %% of samples from such a distribution fit worse than these", 100*c.FitP),
		fmt.Sprintf("the threshold lies %.2g times above the level that the recordings reach about once an hour: it is extrapolated", d.Threshold/max(c.Tail.Location, 1e-9)),
		fmt.Sprintf("%d of %d observations of %.2g s must lie above the threshold: a fault is reported %.2g s after it begins at the earliest",
			d.K, d.N, period.Seconds(), float64(d.K)*period.Seconds()),
	}
	if n := len(d.Scales); n > 0 {
		c.Assumptions = append(c.Assumptions, fmt.Sprintf(
			"%d slower scales, of up to %s, stay %.0f %% above the means that the recordings reach: what they raise is in no bound",
			n, hours(float64(d.Scales[n-1].Observations)*period.Hours()), 100*(scaleMargin-1)))
	}
	if c.FitP < badFit {
		c.Notes = append(c.Notes,
			fmt.Sprintf("the alarm levels do not look like extreme values (p %.2g): do not trust the extrapolation", c.FitP))
	}
	if c.Takes < 20 {
		c.Notes = append(c.Notes,
			fmt.Sprintf("%d takes are few to draw from: the interval is too narrow rather than too wide", c.Takes))
	}
}

// hours writes a time as people say it.
func hours(h float64) string {
	switch {
	case h < 1./3600:
		return fmt.Sprintf("%.2g s", 3600*h)
	case h < 1./60:
		return fmt.Sprintf("%.0f s", 3600*h)
	case h < 1:
		return fmt.Sprintf("%.0f min", 60*h)
	case h < 10:
		return fmt.Sprintf("%.1f h", h)
	default:
		return fmt.Sprintf("%.0f h", h)
	}
}

// count writes a rate with two significant digits and no exponent.
func count(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.2g", v)
	}
	scale := math.Pow(10, math.Floor(math.Log10(v))-1)
	return fmt.Sprintf("%.0f", math.Round(v/scale)*scale)
}
