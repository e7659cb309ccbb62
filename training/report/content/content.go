package content

import (
	"context"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/bench"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/falsealarms"
	"github.com/auscult/auscult/training/outlook"
	"github.com/auscult/auscult/training/quantise"
)

// Options say what to gather from.
type Options struct {
	File    []byte       // of the model
	Set     *dataset.Set // to judge; clips that the models have learned are left out
	Learned *dataset.Set // that was learned; nil: not at hand
	// Learning is what learning told of itself; nil: not known.
	Learning *Learning
	Rivals   [][]byte // files of other models, to compare with
	Float    []byte   // the file of the same model before it was quantised; nil: not at hand
	// Families are trained on Learned and compared, beside Rivals; Compressions
	// are tried with the conv family.
	Families     []string
	Compressions []int
	// Retrain learns a model of each month, week or day of dated recordings, for what learning anew would have done.
	Retrain bool
	// Keep is a folder for the models that are trained, which a later study of the same takes from there, and for
	// what a training has reached when it is interrupted; empty: none.
	Keep     string
	Boards   []*bench.Report // measured on boards
	Machine  Machine         // what is known of what was recorded
	PerMonth float64         // false alarms to choose a decision for; 0: none
	Channel  int             // of multichannel clips; below 0: the one that was learned
	Workers  int             // clips at once; 0 means as many as the process has threads
	Seed     uint64
	// Quick leaves out what takes longest: noise and timing.
	Quick bool
	// Strict makes a recording that cannot be used an error that wraps dataset.ErrStrict.
	Strict bool
	// Progress, if set, is told what is being done and how much of all is done.
	Progress func(step string, done float64)
}

// Learning is what learning told of itself.
type Learning struct {
	Loss     []float64 `json:"loss,omitempty"` // by epoch, in LossUnit
	LossUnit string    `json:"loss_unit,omitempty"`
	// Validation has the same of clips that were held back, BestEpoch is the one whose weights are used, from 1
	// (0: the last), and Rates are the learning rates at the begin of each epoch.
	Validation  []float64 `json:"validation,omitempty"`
	BestEpoch   int       `json:"best_epoch,omitempty"`
	Rates       []float64 `json:"learning_rates,omitempty"`
	CrossFitted []float64 `json:"cross_fitted,omitempty"` // observation scores of clips that were not learned
	Warnings    []string  `json:"warnings,omitempty"`
	// Quantisation compares the int8 model with the float network that it was made
	// of; nil where the training did not tell.
	Quantisation *quantise.Report `json:"quantisation,omitempty"`
}

// CrossFitted returns observation scores of normal sound that the scoring model
// had not learned: from the training, else what the model carries of them.
func (s *Study) CrossFitted() []float64 {
	if s.Learning != nil && len(s.Learning.CrossFitted) > 0 {
		return s.Learning.CrossFitted
	}
	scores := make([]float64, len(s.Settings.Normal.Scores))
	for i, v := range s.Settings.Normal.Scores {
		scores[i] = float64(v)
	}
	return scores
}

// Study is everything that a report shows.
type Study struct {
	Model    *model.Model     `json:"-"`
	Settings *model.Settings  `json:"-"`
	Bytes    int              `json:"model_bytes"`
	Result   *evaluate.Result `json:"result"`

	Learning *Learning `json:"learning,omitempty"`
	// LearnedScores are observation scores of the clips that were learned.
	LearnedScores []float64 `json:"learned_scores,omitempty"`

	Data     []DataRow `json:"data"`
	Loudness *Loudness `json:"loudness,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`

	Layers      []Layer `json:"layers"`
	Params      int64   `json:"params"`
	MACs        int64   `json:"macs"`
	Compression float64 `json:"compression"` // input cells to the fewest values between layers

	Examples  []Picture       `json:"-"`
	Triptychs []Picture       `json:"-"`
	Spectra   []FaultSpectrum `json:"residual_spectra"`
	Float64   *Spectra        `json:"power_spectra,omitempty"` // of the recordings, by Welch
	Noise     []NoisePoint    `json:"noise,omitempty"`
	InNoise   []NoiseCurve    `json:"recorded_noise,omitempty"`
	NoiseRef  float64         `json:"noise_reference_dbfs,omitempty"` // level of the median normal clip
	NoNoise   string          `json:"no_noise,omitempty"`             // why there is no sweep
	Drift     *Drift          `json:"drift,omitempty"`
	Dates     *Dates          `json:"dates,omitempty"`

	Outlook  *outlook.Outlook    `json:"outlook,omitempty"`  // what the decision promises
	Observed *outlook.Observed   `json:"observed,omitempty"` // beside it
	Budget   *falsealarms.Choice `json:"budget,omitempty"`
	NoBudget string              `json:"no_budget,omitempty"`
	Rivals   []Rival             `json:"rivals,omitempty"`
	Float    *Rival              `json:"float,omitempty"` // the model before it was quantised, or its Twin
	// Twin says that Float has the int8 model's weights, since those that it was
	// quantised from are not at hand.
	Twin    bool            `json:"float_is_twin,omitempty"`
	Sweep   []Rival         `json:"sweep,omitempty"` // one family at several compressions
	Bench   *bench.Result   `json:"bench,omitempty"`
	Stages  *bench.Stages   `json:"stages,omitempty"`
	Machine *bench.Machine  `json:"machine,omitempty"`
	Boards  []*bench.Report `json:"boards,omitempty"`
	Seconds float64         `json:"seconds"` // that gathering took
}

// benchTime is how long timing takes in a report.
const benchTime = 500 * time.Millisecond

// Gather makes a study.
func Gather(ctx context.Context, o Options) (*Study, error) {
	start := time.Now()
	m, err := model.Parse(o.File)
	if err != nil {
		return nil, err
	}
	if o.Channel < 0 {
		o.Channel = m.Settings.Provenance.Channel
	}
	s := &Study{Model: m, Settings: &m.Settings, Bytes: len(o.File), Learning: o.Learning, Boards: o.Boards}
	models := []*model.Model{m}
	for _, file := range o.Rivals {
		rival, err := model.Parse(file)
		if err != nil {
			return nil, err
		}
		models = append(models, rival)
	}
	if o.Set, err = evaluate.Unlearned(o.Set, models...); err != nil {
		return nil, err
	}
	if s.Result, err = evaluate.Run(ctx, m, o.Set, evaluate.Options{
		Channel: o.Channel, Strict: o.Strict, Workers: o.Workers, Seed: o.Seed, Details: true,
		Progress: func(p dataset.Progress) { o.tell("scoring", 0.3*p.Share()) },
	}); err != nil {
		return nil, err
	}
	graph, err := tflite.Parse(o.File)
	if err != nil {
		return nil, err
	}
	if err := s.describeNetwork(graph); err != nil {
		return nil, err
	}
	s.describeData(&o)
	if err := s.recordedNoise(o.Seed); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		name string
		done float64
		run  func(context.Context, *Options) error
	}{
		{"learned clips", 0.3, s.scoreLearned},
		{"pictures", 0.35, func(ctx context.Context, o *Options) error { return s.paint(ctx, o, graph) }},
		{"spectra", 0.48, s.addSpectra},
		{"noise", 0.5, s.addNoise},
		{"drift", 0.7, s.addDrift},
		{"false alarms", 0.8, s.chooseBudget},
		{"what is promised", 0.82, s.promise},
		{"other models", trainFrom, s.compare},
		{"dates", trainTo, s.addDates},
		{"time", trainTo, s.clock},
	} {
		o.tell(step.name, step.done)
		if err := step.run(ctx, &o); err != nil {
			return nil, err
		}
	}
	o.tell("done", 1)
	s.Seconds = time.Since(start).Seconds()
	return s, nil
}

func (o *Options) tell(step string, done float64) {
	if o.Progress == nil {
		return
	}
	if len(o.Families)+len(o.Compressions) > 0 {
		done = stretched(done)
	}
	o.Progress(step, done)
}

// Where the trainings of a study begin and end, and where they do in time: they take nearly all of it.
const (
	trainFrom, trainTo = 0.83, 0.95
	timeFrom, timeTo   = 0.06, 0.99
)

// stretched returns the part of the time that is over when so much is done of a study with trainings.
func stretched(done float64) float64 {
	switch {
	case done < trainFrom:
		return done / trainFrom * timeFrom
	case done < trainTo:
		return timeFrom + (done-trainFrom)/(trainTo-trainFrom)*(timeTo-timeFrom)
	}
	return timeTo + (done-trainTo)/(1-trainTo)*(1-timeTo)
}

// part returns a counter that moves the whole from one share to another.
func (o *Options) part(step string, from, to float64) func(done, total int) {
	return func(done, total int) { o.tell(step, from+(to-from)*float64(done)/float64(max(total, 1))) }
}

// scoreLearned judges the clips that were learned.
func (s *Study) scoreLearned(ctx context.Context, o *Options) error {
	if o.Learned == nil {
		return nil
	}
	clips := evaluate.Learned(o.Learned, s.Model)
	recordings, notes, err := falsealarms.Record(ctx, s.Model, o.Channel, clips.Clips())
	s.Warnings = append(append(s.Warnings, notes...), falsealarms.Tables(recordings)...)
	if err != nil {
		return ctx.Err() // the notes say which and why
	}
	for _, r := range recordings {
		s.LearnedScores = append(s.LearnedScores, r.Scores...)
	}
	if clips.Hash() != s.Settings.Provenance.DataSHA256 {
		s.Warnings = append(s.Warnings, fmt.Sprintf(
			"%s is not the folder that this model has learned: its content differs", o.Learned.Dir()))
	}
	return nil
}

// promise says what the model's decision promises, and what came of it on the normal clips.
func (s *Study) promise(context.Context, *Options) (err error) {
	s.Observed = outlook.Observe(s.Settings.Decision.Expected, s.Result.FalseAlarms, s.Result.NormalS())
	s.Outlook, err = outlook.Of(s.Settings)
	return err
}

func (s *Study) chooseBudget(ctx context.Context, o *Options) error {
	if o.PerMonth == 0 {
		return nil
	}
	recordings, _, err := falsealarms.Record(ctx, s.Model, o.Channel, o.Set.Label(dataset.Normal))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil: // judging has said which
		s.NoBudget = err.Error()
		return nil
	}
	s.Budget, err = falsealarms.Choose(recordings, s.Settings.ObservationPeriod(), s.Settings.Decision,
		falsealarms.Options{PerMonth: o.PerMonth, Seed: o.Seed, Surprises: s.Settings.Detector.Surprises()})
	if err != nil {
		s.NoBudget = err.Error() // too few recordings are no reason to have no report
	}
	return nil
}

// clock measures on this machine.
func (s *Study) clock(ctx context.Context, o *Options) (err error) {
	if o.Quick {
		return nil
	}
	machine := bench.ReadMachine("/")
	s.Machine = &machine
	if s.Bench, err = bench.Run(ctx, o.File, bench.Options{Duration: benchTime}); err != nil {
		return err
	}
	s.Stages, err = bench.RunStages(ctx, s.Model, bench.Options{Duration: benchTime})
	return err
}
