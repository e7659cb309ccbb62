package falsealarms

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/training/metrics"
)

// Options say what is wanted.
type Options struct {
	PerMonth   float64       // false alarms per machine-month that are allowed, above 0
	Confidence float64       // of the threshold, 0.5 to 0.99; 0 means DefaultConfidence
	MaxDelay   time.Duration // of sound above the threshold until the alarm; 0 means DefaultMaxDelay
	Seed       uint64        // of bootstrap and folds
	Surprises  bool          // scores are surprises: how they fall off is known beforehand, see Expect
}

// Defaults of Options.
const (
	DefaultConfidence = 0.9
	DefaultMaxDelay   = 15 * time.Second
)

// MonthHours is a machine-month: 30 days.
const MonthHours = 720

const (
	resamples    = 500
	simulations  = 200
	maxFolds     = 5
	shownAt      = 0.95 // confidence of what counts as shown
	aimAt        = 0.99 // confidence of the replay, so that what is held back has room
	minFiles     = 3    // to draw from and to hold some back
	worthAnother = 0.95 // a larger k must lower the threshold to this share
	quietShare   = 0.9  // of normal stretches that must lie below the clear level
)

// rules are the k of n that are tried, by rising k.
var rules = [][2]int{{1, 1}, {2, 2}, {2, 3}, {3, 4}, {3, 5}, {4, 6}, {5, 8}, {6, 10}, {8, 12}}

// Choice is the decision that meets a budget, and how far that is shown.
type Choice struct {
	Decision decide.Settings `json:"decision"`
	PerMonth float64         `json:"per_month"`
	// Threshold's two-sided 95 % interval, by the bootstrap over recordings.
	ThresholdInterval metrics.Interval `json:"threshold_interval"`
	// Estimate is the threshold that the fit gives without a margin.
	Estimate   float64 `json:"threshold_estimate"`
	Confidence float64 `json:"confidence"`

	Recordings   int     `json:"recordings"`
	Takes        int     `json:"takes"` // of the recordings: drawn and held back as a whole
	Observations int     `json:"observations"`
	Hours        float64 `json:"hours"`

	Tail metrics.Gumbel `json:"tail"`  // of alarm levels of an hour
	FitP float64        `json:"fit_p"` // share of simulated samples that fit worse; small: the distribution is wrong

	// Expected is the rate per month at the threshold: Decision.Expected, by a month.
	Expected float64 `json:"expected_per_month"`
	// Replayed counts the alarms on the very recordings that the choice was
	// made from; HeldOut those of each recording with a choice from the others.
	Replayed int `json:"alarms_replayed"`
	HeldOut  int `json:"alarms_held_out"`
	// Bound is the upper limit, one-sided at 95 %, of the rate per month that
	// HeldOut alarms in Hours leave.
	Bound float64 `json:"bound_per_month"`
	// HeldOutThresholds are the thresholds of the folds.
	HeldOutThresholds []float64 `json:"held_out_thresholds"`

	Shown bool `json:"shown"` // Bound is within the budget
	// HoursMore is how much more normal sound, without a further false alarm,
	// would show that the budget is met; 0 when it is shown.
	HoursMore float64 `json:"hours_more"`

	Others      []Other  `json:"others"`
	Assumptions []string `json:"assumptions"`
	Notes       []string `json:"notes,omitempty"`
}

// Other is a threshold by another method, for comparison.
type Other struct {
	Name      string  `json:"name"`
	Threshold float64 `json:"threshold"`
	Alarms    int     `json:"alarms_replayed"` // with the chosen k of n
	Note      string  `json:"note,omitempty"`
}

// ErrTooFew is returned when there are not enough recordings for any choice.
var ErrTooFew = fmt.Errorf(
	"falsealarms: needs %d recordings of normal sound or more: the choice rests on how they differ", minFiles)

// Choose finds the decision for recordings whose observations are period
// apart. It starts from the model's decision, of which it keeps what a budget does
// not touch.
func Choose(recordings []Recording, period time.Duration, from decide.Settings, o Options) (*Choice, error) {
	files, series := len(recordings), joined(recordings)
	recordings, blocks := cut(recordings)
	if o.Confidence == 0 {
		o.Confidence = DefaultConfidence
	}
	if o.MaxDelay == 0 {
		o.MaxDelay = DefaultMaxDelay
	}
	switch {
	case !(o.PerMonth > 0) || o.PerMonth > 1e6:
		return nil, fmt.Errorf("falsealarms: %g false alarms per month: must be above 0 and at most 1e6", o.PerMonth)
	case !(o.Confidence >= 0.5) || o.Confidence > 0.99:
		return nil, fmt.Errorf("falsealarms: confidence %g: must be 0.5 to 0.99", o.Confidence)
	case period <= 0:
		return nil, fmt.Errorf("falsealarms: observations %v apart: must be above 0", period)
	case len(recordings) < minFiles:
		return nil, fmt.Errorf("%w, and one of %.0f minutes is cut to such; there are %d", ErrTooFew,
			(minFiles*time.Duration(blockLength)*period).Minutes()+1, files)
	}
	for _, r := range recordings {
		for _, v := range r.Scores {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("falsealarms: %s has a score of %v", r.Name, v)
			}
		}
	}
	_, takes := takesOf(recordings)
	slower := from.Scales
	from.Scales, from.Expected = nil, nil
	f, err := best(recordings, period, from, o)
	if err != nil {
		return nil, err
	}
	c := &Choice{
		Decision: f.settings, PerMonth: o.PerMonth, Estimate: f.estimate, ThresholdInterval: f.interval,
		Confidence: o.Confidence, Recordings: files, Takes: takes, Tail: f.tail,
	}
	for _, r := range recordings {
		c.Observations += len(r.Scores)
	}
	c.Hours = float64(c.Observations) * period.Hours()
	c.FitP = fitP(f.blocks, f.tail, o.Seed)
	c.Decision.Scales = lifted(slower, recordings, f.settings.Threshold)
	if err := c.expect(recordings, period, o.Surprises); err != nil {
		return nil, err
	}
	if c.Replayed, err = newJudge(c.Decision, period).alarms(recordings); err != nil {
		return nil, err
	}
	if err := c.holdOut(recordings, period, from, o); err != nil {
		return nil, err
	}
	c.Bound = metrics.PoissonUpper(c.HeldOut, shownAt) / c.Hours * MonthHours
	if c.Shown = c.Bound <= o.PerMonth; !c.Shown {
		c.HoursMore = metrics.PoissonUpper(c.HeldOut, shownAt)*MonthHours/o.PerMonth - c.Hours
	}
	if err := c.compare(recordings, period, o.Seed); err != nil {
		return nil, err
	}
	c.explain(period, o)
	if series != "" {
		c.Notes = append(c.Notes, series)
	}
	if blocks > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%d recordings are too few to tell how they differ: they were cut, by time, to %d blocks with "+
			"gaps, which stand for takes here. Other days may differ more: record on several", files, blocks))
	}
	return c, nil
}

// fit is the choice on some recordings.
type fit struct {
	settings decide.Settings
	estimate float64
	interval metrics.Interval
	tail     metrics.Gumbel
	blocks   []block
}

// best takes the rule with the lowest threshold, unless a quicker one comes
// close, and finds its margin. A rule may not look back further than recordings
// last: across their joints everything is independent, and a large k would
// look better than it is. What is heard in series has such joints on the node too, but nobody knows how far apart in
// time: there, a rule may look back as far as the model's own.
func best(recordings []Recording, period time.Duration, from decide.Settings, o Options) (*fit, error) {
	lengths := make([]float64, len(recordings))
	series := map[int32]float64{}
	for _, r := range recordings {
		series[r.Series] += float64(len(r.Scores))
	}
	for i, r := range recordings {
		if lengths[i] = float64(len(r.Scores)); r.Series > 0 {
			lengths[i] = max(lengths[i], min(series[r.Series], float64(from.N)))
		}
	}
	longest := int(metrics.Quantile(lengths, 0.5))
	var found *fit
	var why error
	for _, rule := range rules {
		if rule[0] > 1 && (time.Duration(rule[0])*period > o.MaxDelay || rule[1] > longest) {
			break
		}
		f, err := estimate(recordings, period, from, rule, o)
		if err != nil {
			why = err
			continue // with a larger k there may be nothing to see
		}
		if found == nil || f.estimate < worthAnother*found.estimate {
			found = f
		}
	}
	if found == nil {
		return nil, fmt.Errorf("falsealarms: these recordings do not say how high normal sound may score: give more, of other days and states (%w)", why)
	}
	return found, found.addMargin(recordings, period, o)
}

// estimate finds the threshold of one rule, without a margin.
func estimate(
	recordings []Recording, period time.Duration, from decide.Settings, rule [2]int, o Options,
) (*fit, error) {
	f := &fit{settings: from}
	f.settings.K, f.settings.N, f.settings.Threshold = rule[0], rule[1], 1
	var err error
	if f.blocks, err = newJudge(f.settings, period).levels(recordings); err != nil {
		return nil, err
	}
	if f.tail, err = tail(f.blocks); err != nil {
		return nil, err
	}
	f.estimate = f.tail.Exceeded(o.PerMonth / MonthHours)
	return f, nil
}

// addMargin finds threshold and hysteresis.
func (f *fit) addMargin(recordings []Recording, period time.Duration, o Options) error {
	rate := o.PerMonth / MonthHours
	drawn := bootstrap(f.blocks, recordings, rate, o.Seed)
	if len(drawn) < resamples/2 {
		return errors.New("falsealarms: the recordings are too much alike to say how they differ")
	}
	f.interval = metrics.Interval{
		Low: metrics.Quantile(drawn, 0.025), High: metrics.Quantile(drawn, 0.975),
		Method: fmt.Sprintf("percentile bootstrap by take, %d resamples", len(drawn)),
	}
	threshold := max(f.estimate, metrics.Quantile(drawn, o.Confidence))
	hours, highest := 0.0, 0.0
	for _, b := range f.blocks {
		hours, highest = hours+b.hours, max(highest, b.level)
	}
	if rate*hours < 1 {
		threshold = max(threshold, highest)
	}
	threshold, err := f.showable(recordings, period, threshold, rate*hours)
	if err != nil {
		return err
	}
	if !(threshold > 0) {
		return errors.New("falsealarms: normal sound hardly scores at all: is the recording silent?")
	}
	f.settings.Threshold = threshold
	f.settings.ClearRatio = clearRatio(recordings, f.settings.N, threshold)
	return nil
}

// showable raises a threshold until the alarms in the replay leave room to show
// that no more than allowed are to be expected; where nothing can be shown
// it returns the threshold as it is.
func (f *fit) showable(recordings []Recording, period time.Duration, threshold, allowed float64) (float64, error) {
	if metrics.PoissonUpper(0, aimAt) > allowed {
		return threshold, nil
	}
	candidates := []float64{threshold}
	for _, b := range f.blocks {
		if b.level > threshold {
			candidates = append(candidates, b.level)
		}
	}
	slices.Sort(candidates)
	var err error
	at, _ := slices.BinarySearchFunc(candidates, allowed, func(candidate, allowed float64) int {
		s := f.settings
		s.Threshold = candidate
		count, alarmsErr := newJudge(s, period).alarms(recordings)
		if alarmsErr != nil {
			err = alarmsErr
		}
		if metrics.PoissonUpper(count, aimAt) > allowed {
			return -1
		}
		return 1
	})
	return candidates[min(at, len(candidates)-1)], err
}

// bootstrap draws takes with all their blocks and returns the threshold
// for the rate per hour of each draw that has one.
func bootstrap(blocks []block, recordings []Recording, rate float64, seed uint64) []float64 {
	take, takes := takesOf(recordings)
	of := make([][]block, takes)
	for _, b := range blocks {
		of[take[b.recording]] = append(of[take[b.recording]], b)
	}
	rng := rand.New(rand.NewPCG(seed, 0x62756467))
	var out []float64
	drawn := make([]block, 0, len(blocks))
	for range resamples {
		drawn = drawn[:0]
		for range takes {
			drawn = append(drawn, of[rng.Uint64()%uint64(takes)]...)
		}
		if g, err := tail(drawn); err == nil {
			out = append(out, g.Exceeded(rate))
		}
	}
	return out
}

// clearRatio returns the lowest ratio, in steps of 0.05, at which most
// stretches of n normal observations end an alarm.
func clearRatio(recordings []Recording, n int, threshold float64) float64 {
	var highest []float64
	for _, r := range recordings {
		for i := range r.Scores {
			highest = append(highest, slices.Max(r.Scores[i:min(i+n, len(r.Scores))]))
		}
	}
	steps := math.Ceil(20 * metrics.Quantile(highest, quietShare) / threshold)
	return max(0.5, min(0.95, steps/20))
}

// fitP returns the share of samples drawn from the fitted distribution whose
// own fit is worse than that of the blocks.
func fitP(blocks []block, g metrics.Gumbel, seed uint64) float64 {
	distance := func(blocks []block, g metrics.Gumbel) float64 {
		u := make([]float64, len(blocks))
		for i, b := range blocks {
			u[i] = g.CDF(b.level, b.hours)
		}
		return metrics.KolmogorovSmirnov(u, func(p float64) float64 { return p })
	}
	found := distance(blocks, g)
	rng := rand.New(rand.NewPCG(seed, 0x66697470))
	worse, drawn := 0, slices.Clone(blocks)
	for range simulations {
		for i := range drawn {
			u := (float64(rng.Uint64()>>11) + 0.5) / (1 << 53)
			drawn[i].level = g.Exceeded(-math.Log(u) / drawn[i].hours)
		}
		if again, err := tail(drawn); err == nil && distance(drawn, again) >= found {
			worse++
		}
	}
	return float64(worse) / simulations
}

// takesOf numbers the takes of recordings, in the order of their first ones. Where there are too few
// takes to hold any back, each recording is one.
func takesOf(recordings []Recording) (of []int, takes int) {
	of = make([]int, len(recordings))
	first := map[string]int{}
	for i, r := range recordings {
		k, seen := first[r.Take]
		if !seen || r.Take == "" {
			k = takes
			first[r.Take] = k
			takes++
		}
		of[i] = k
	}
	if takes < minFiles {
		for i := range of {
			of[i] = i
		}
		takes = len(of)
	}
	return of, takes
}

// holdOut replays each take with a choice that was made without it.
func (c *Choice) holdOut(recordings []Recording, period time.Duration, from decide.Settings, o Options) error {
	take, takes := takesOf(recordings)
	order := rand.New(rand.NewPCG(o.Seed, 0x68656c64)).Perm(takes)
	folds := min(maxFolds, takes)
	for fold := range folds {
		fitted := make([]Recording, 0, len(recordings))
		for i, r := range recordings {
			if order[take[i]]%folds != fold {
				fitted = append(fitted, r)
			}
		}
		f, err := best(fitted, period, from, o)
		if err != nil {
			c.Notes = append(c.Notes, fmt.Sprintf(
				"recordings without fold %d allow no choice: %v; its alarms were counted with the choice from all",
				fold+1, err))
			f = &fit{settings: c.Decision}
		}
		held := fitted[:0] // the others, which are not needed any more
		for i, r := range recordings {
			if order[take[i]]%folds == fold {
				held = append(held, r)
			}
		}
		count, err := newJudge(f.settings, period).alarms(held)
		if err != nil {
			return err
		}
		c.HeldOut += count
		c.HeldOutThresholds = append(c.HeldOutThresholds, f.settings.Threshold)
	}
	return nil
}

// compare says what other methods would have chosen.
func (c *Choice) compare(recordings []Recording, period time.Duration, seed uint64) error {
	var all []float64
	for _, r := range recordings {
		all = append(all, r.Scores...)
	}
	add := func(name string, threshold float64, note string) error {
		s := c.Decision
		s.Threshold, s.Scales = threshold, nil
		if s.Validate() != nil {
			return nil
		}
		count, err := newJudge(s, period).alarms(recordings)
		c.Others = append(c.Others, Other{name, threshold, count, note})
		return err
	}
	err := errors.Join(
		add("95 % quantile of observations", metrics.Quantile(all, 0.95), ""),
		add("99 % quantile of observations", metrics.Quantile(all, 0.99), ""))
	g, fitErr := metrics.FitGamma(all)
	if fitErr != nil {
		return err
	}
	difference, p := g.FitP(all, seed)
	return errors.Join(err, add("99.9 % quantile of a gamma fit", g.Quantile(0.999),
		fmt.Sprintf("shape %.3g, scale %.3g; %.2f from the fit, %.0f %% of samples from it are farther",
			g.Shape, g.Scale, difference, 100*p)))
}
