package replay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/recording/table"
)

// Options say who listens.
type Options struct {
	Decision setup.Decision // of the node
	Source   setup.Source   // that hears the recording; it is played once
	Model    *model.Model
	// Table says what a table of accelerations does not.
	Table table.Options
	// KeepObservations puts every observation into the Result.
	KeepObservations bool

	joined bool // several recordings are heard as one: what lies between is not lost
}

// For returns Options for a model with its own decision, listening to a
// channel.
func For(m *model.Model, channel int) Options {
	return Options{Source: setup.Source{Name: "replay", Channel: channel}, Model: m}
}

// Under returns the options for a recording that was made under these operating
// conditions of the model, in its order; NaN is one that is not known.
func (o Options) Under(values []float64) Options {
	if len(values) == 0 {
		return o
	}
	given := slices.Clone(o.Source.Conditions)
	for i, c := range o.Model.Settings.Conditions {
		if math.IsNaN(values[i]) {
			continue
		}
		given = slices.DeleteFunc(given, func(have condition.Input) bool { return have.Name == c.Name })
		given = append(given, condition.Input{Name: c.Name, Fixed: &values[i]})
	}
	o.Source.Conditions = given
	return o
}

// Seconds is a time since the recording's first sample.
type Seconds time.Duration

// MarshalJSON writes seconds as a number, exact to the nanosecond.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, time.Duration(s).Seconds(), 'f', -1, 64), nil
}

// String returns the seconds with two decimals.
func (s Seconds) String() string { return fmt.Sprintf("%.2f s", time.Duration(s).Seconds()) }

// Event is an episode of abnormal sound, as the node's alerts tell of it.
type Event struct {
	Start Seconds `json:"start_s"`   // of the first suspicious observation
	Alert Seconds `json:"alert_s"`   // when the alert was given
	End   Seconds `json:"end_s"`     // of the last observation
	Peak  Seconds `json:"peak_s"`    // of the highest observation
	Score float64 `json:"score"`     // at the peak
	Ratio float64 `json:"ratio"`     // at the peak
	Over  string  `json:"end_cause"` // as decide.Cause
	// Suspicious counts the observations above the threshold.
	Suspicious int `json:"suspicious"`
	// OverS is how much sound the mean was taken of that raised the event; none: single
	// observations did.
	OverS Seconds `json:"over_s,omitempty"`
	// Bands are the frequencies that contribute most over the event.
	Bands []decide.BandRange `json:"bands"`
	// File is the one of a series that the peak is in.
	File string `json:"file,omitempty"`
	// Detectors say what each detector of an ensemble made of the event.
	Detectors []message.Detector `json:"detectors,omitempty"`
}

// Observation is one observation of the decision.
type Observation struct {
	Start Seconds     `json:"start_s"`
	End   Seconds     `json:"end_s"`
	Score float64     `json:"score"`
	State state.State `json:"state"`
}

// Result is what the node would have made of a recording.
type Result struct {
	File         string        `json:"file,omitempty"`
	Files        int           `json:"files,omitempty"` // that were heard as one, in File
	Duration     Seconds       `json:"duration_s"`
	SampleRateHz int           `json:"sample_rate_hz"`
	LevelDBFS    *float64      `json:"level_dbfs"`         // RMS of the channel that was heard; null for digital silence
	Clipped      uint64        `json:"clipped"`            // samples at full scale, several in a row
	Silent       Seconds       `json:"silent_s,omitempty"` // in stretches of one value, which are not judged
	Observations int           `json:"observations"`
	Judged       bool          `json:"judged"` // whether there was an observation: without any there is no verdict
	Threshold    float64       `json:"threshold"`
	MaxScore     float64       `json:"max_score"` // of an observation
	MaxRatio     float64       `json:"max_ratio"` // of an observation
	Events       []Event       `json:"events"`
	Scores       []Observation `json:"scores,omitempty"`
	Notes        []string      `json:"notes,omitempty"`
	// Table says how a table was understood; nil for what is none.
	Table *table.Reading `json:"table,omitempty"`
}

// Alarm reports whether there was an event.
func (r *Result) Alarm() bool { return len(r.Events) > 0 }

// begin is when every recording begins. A fixed time makes replays equal.
var begin = time.Unix(0, 0).UTC()

// Run plays a source that is opened once. The source takes the time of its
// first sample from the now that open is given.
func Run(ctx context.Context, o Options, open func(now func() time.Time) (hw.Source, error)) (*Result, error) {
	none := condition.NewReadings(time.Now, func() bool { return false }, nil)
	c, err := setup.Pipeline(o.Decision, o.Source, o.Model, none)
	if err == nil && c.Conditions != nil {
		_, err = c.Conditions()
	}
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	l := &listener{o: &o, normal: o.Model.NormalParts(), r: Result{Events: []Event{}, Threshold: c.Decision.Threshold}}
	c.Loop, c.Sink = false, l
	heard := counter{channel: o.Source.Channel}
	c.Open = func(context.Context) (hw.Source, error) {
		src, err := open(func() time.Time { return begin })
		heard.Source = src
		return &heard, err
	}
	p, err := pipeline.New(c)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	// Of a recording without a sample there is no verdict.
	if err := p.Run(ctx); err != nil && !errors.Is(err, pipeline.ErrEmpty) {
		return nil, fmt.Errorf("replay: %w", err)
	}
	l.r.Duration = Seconds(heard.heard)
	heard.tell(&l.r)
	if dead := p.Stats().DeadSamples; dead > 0 {
		l.r.Silent = Seconds(float64(dead) / float64(heard.Format().SampleRateHz) * float64(time.Second))
		l.r.Notes = append(l.r.Notes, fmt.Sprintf(
			"%.1f s of one value were not judged: a sensor or recorder that gives one value is dead", time.Duration(l.r.Silent).Seconds()))
	}
	if l.r.Judged = l.r.Observations > 0; !l.r.Judged {
		l.r.Notes = append(l.r.Notes, "not judged: "+l.whyNot())
	}
	return &l.r, nil
}

// whyNot says why there was no observation.
func (l *listener) whyNot() string {
	first := Seconds(l.o.Model.Settings.FirstObservation())
	sound := l.r.Duration - l.r.Silent
	switch {
	case l.r.Duration == 0:
		return "it has no sample that is a number"
	case l.r.Silent > 0 && sound < Seconds(time.Second/10):
		return "it is silent"
	case sound < first:
		return fmt.Sprintf("it lasts %v, and the model's first observation takes %v", sound, first)
	}
	return fmt.Sprintf("nowhere in it is there sound for %v at a time, which the model's first observation takes", first)
}

// File plays the recording at path.
func File(ctx context.Context, o Options, path string) (*Result, error) {
	r, err := Recording(ctx, o, func(ro recording.Options) (*recording.Recording, error) {
		return recording.OpenFile(path, ro)
	})
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	r.File = path
	return r, nil
}

// Recording plays the source's channel of a recording that is opened once, as it is read, so
// that it may last for days.
func Recording(
	ctx context.Context, o Options, open func(recording.Options) (*recording.Recording, error),
) (*Result, error) {
	options := recording.Options{Now: func() time.Time { return begin }, Table: o.Table}
	heard, err := open(options)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer heard.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	channel := o.Source.Channel
	if err := heard.Choose(channel); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	o.Source.Channel = 0
	r, err := Run(ctx, o, func(func() time.Time) (hw.Source, error) { return heard, nil })
	if err != nil {
		return nil, err
	}
	if more := len(r.Notes) - notedGaps; more > 0 {
		r.Notes = append(r.Notes[:notedGaps], fmt.Sprintf("and %d more gaps", more))
	}
	r.Table = heard.Table()
	r.Notes = append(r.Notes, heard.Notes()...)
	if r.Observations > 0 || r.Silent == 0 || heard.Channels() < 2 {
		return r, nil
	}
	if again, err := open(options); err == nil {
		defer again.Halt() //nolint:errcheck // as above
		if text := recording.Instead(ctx, again, channel); text != "" {
			r.Notes = append(r.Notes, text)
		}
	}
	return r, nil
}

// notedGaps is how many gaps of a recording are noted one by one.
const notedGaps = 3

// PCM plays Q31 samples of one channel. The source's channel does not matter.
func PCM(ctx context.Context, o Options, rateHz int, pcm []int32) (*Result, error) {
	if len(pcm) == 0 {
		return nil, errors.New("replay: no samples: the memory is empty")
	}
	if rateHz < 1 {
		return nil, fmt.Errorf("replay: %d samples per second: must be 1 or more", rateHz)
	}
	o.Source.Channel = 0
	return Run(ctx, o, func(now func() time.Time) (hw.Source, error) {
		return &memory{pcm: pcm, rateHz: rateHz, begin: now()}, nil
	})
}

// counter measures how much sound a source gave or lost, and how loud it was.
type counter struct {
	hw.Source
	channel int
	heard   time.Duration
	meter   *level.Meter
}

// Read reads a block and counts it.
func (c *counter) Read(ctx context.Context, b *hw.Block) error {
	err := c.Source.Read(ctx, b)
	if err == nil {
		f := c.Format()
		if c.meter == nil {
			c.meter = level.NewMeter(f.BitsPerSample)
		}
		c.meter.WriteChannel(b.PCM, min(c.channel, f.Channels-1), f.Channels)
		samples := b.FirstSample + uint64(len(b.PCM)/f.Channels)
		c.heard = time.Duration(float64(samples) / float64(f.SampleRateHz) * float64(time.Second))
	}
	return err
}

// Origin returns what the source says of its samples.
func (c *counter) Origin() hw.Origin { return hw.OriginOf(c.Source) }

// tell says what was measured.
func (c *counter) tell(r *Result) {
	if c.Source != nil {
		r.SampleRateHz = c.Format().SampleRateHz
	}
	if c.meter == nil {
		return
	}
	r.Clipped = c.meter.Clipped()
	if db := c.meter.RMSDBFS(); !math.IsInf(db, 0) && !math.IsNaN(db) {
		r.LevelDBFS = &db
	}
}

// listener writes down what the pipeline finds.
type listener struct {
	o      *Options
	normal []float64
	alert  time.Time // of the open event
	r      Result
}

// over returns how much sound some observations take, 0 for a single one.
func (l *listener) over(observations int) Seconds {
	if observations < 2 {
		return 0
	}
	return Seconds(time.Duration(observations) * l.o.Model.Settings.ObservationPeriod())
}

func since(t time.Time) Seconds { return Seconds(t.Sub(begin)) }

// Observe takes an observation.
func (l *listener) Observe(_ string, o *decide.Observation) {
	if o.Transition == decide.Ended {
		e := o.Event
		l.r.Events = append(l.r.Events, Event{
			Start: since(e.Start), Alert: since(l.alert), End: since(e.End), Peak: since(e.PeakTime),
			Score: e.PeakScore, Ratio: e.PeakRatio, Over: string(e.Cause), Suspicious: e.Suspicious,
			OverS: l.over(e.Averaged),
			Bands: message.Bands(l.o.Model, e.Evidence, l.normal), Detectors: message.Detectors(l.o.Model.Findings(e.Evidence)),
		})
		if e.Cause != decide.Cleared {
			return // repeats the last observation
		}
	}
	if o.Transition == decide.Started {
		l.alert = o.Time
	}
	l.r.Observations++
	if l.r.Observations == 1 || o.Score > l.r.MaxScore {
		l.r.MaxScore, l.r.MaxRatio = o.Score, o.Ratio
	}
	if l.o.KeepObservations {
		l.r.Scores = append(l.r.Scores, Observation{
			Start: since(o.Start), End: since(o.Time), Score: o.Score, State: o.State,
		})
	}
}

// Fault takes a condition of the source. Run returns those that end it.
func (l *listener) Fault(_ string, code fault.Code, err error) {
	if err == nil || code == fault.SamplesLost && l.o.joined {
		return
	}
	switch code {
	case fault.SamplesLost, fault.SourceBands, fault.SourceScale, fault.SourceOther, fault.SourceGain, fault.SourceNoise,
		fault.SourceSwapped:
		l.r.Notes = append(l.r.Notes, err.Error())
	}
}
