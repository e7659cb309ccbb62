package learn

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/family"
	"github.com/auscult/auscult/training/lower"
	"github.com/auscult/auscult/training/nn"
	"github.com/auscult/auscult/training/ptq"
)

// Options say what to learn and how.
type Options struct {
	Data        string              // folder with normal/, or what dataset.OpenPart opens
	Part        dataset.Selection   // of Data
	Clips       dataset.NormalClips // of Data, to learn only these; the zero value means all
	Name        string              // of the model, for people
	Family      string              // one of family.Names
	Conditions  []string            // operating conditions that the family takes; none: all that the clips differ in
	Envelope    []model.Condition   // those conditions with their ranges, where Clips are some of a machine's; none: what Clips were recorded under
	Compression int                 // of the conv and small families' bottleneck; 0 means its default
	Profile     dsp.Profile         // of the front end
	Cache       string              // folder that keeps features between runs; empty means none
	Strict      bool                // a clip that cannot be used is an error, not a warning
	Channel     int                 // of multichannel clips, from 0
	Detector    model.DetectorKind  // how a reconstruction becomes a score
	Fusion      detect.Fusion       // of an ensemble's parts; empty means detect.Max
	Epochs      int                 // of each training; 0 means DefaultEpochs
	Rate        float64             // learning rate at the start; 0 means package nn's, 1e-3
	FineTune    int                 // epochs of each training that go on with int8's rounding; 0: none
	Folds       int                 // to cross-fit the threshold; 0 means DefaultFolds, or as many as there are clips
	Seed        uint64              // of folds, weights and order
	Threads     int                 // 1 or more
	Tool        string              // program and version, for the provenance

	// Patience ends a training after as many epochs without a better loss on
	// clips held back from it, and keeps the best epoch; 0 trains all epochs on all
	// clips.
	Patience int
	// Checkpoints is a folder for what each training has reached, written after
	// each epoch and when the context ends; empty means none. Run makes it.
	Checkpoints string
	// WhenStopped writes them only when a training is done and when the context ends, which
	// spares a memory card.
	WhenStopped bool
	// Resume goes on from Checkpoints. What is missing there starts anew; what was
	// made for other data or options is an error.
	Resume bool

	// Imported, if it is given, was trained elsewhere: nothing is trained, but quantised
	// and calibrated as if it had been. Family and Conditions are without effect.
	Imported *Imported

	// Engine does the trainings; nil is package nn. One of another program does one
	// training at a time.
	Engine family.Engine

	// Reviewed, if set, is called once before the first step: Found, Kept, Review and
	// Warnings say what there is to learn.
	Reviewed func(*Outcome)
	// Progress, if set, is called from one goroutine at a time.
	Progress func(Progress)
}

// Imported is a network that was trained elsewhere, as family.Imported describes it.
type Imported struct {
	Description family.Description
	Net         *nn.Network
}

// DefaultFolds is how many folds cross-fitting takes unless told otherwise.
const DefaultFolds = 4

// DefaultEpochs returns the epochs that a family is trained for unless told
// otherwise.
func DefaultEpochs(name string) int {
	switch name {
	case family.ContrastName:
		return 100
	case family.ConvName:
		return 12
	case family.VAEName:
		return 20
	case family.SmallName:
		return 60
	}
	return 30
}

// Progress tells how far learning is.
type Progress struct {
	Done float64 // of all the work, 0 to 1
	Step string  // what is being done, in words
	Loss float64 // of the training in progress: root mean squared error, dB, or nats; 0 when there is none
	Unit string  // of Loss
}

// The decision that models get until an evaluation chooses better ones: two
// suspicious observations of about two seconds out of three.
const (
	observationS = 2.048
	alarmK       = 2
	alarmN       = 3
	clearRatio   = 0.9
)

// Run learns o.Data's normal clips and returns the model.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	set, err := dataset.OpenPart(o.Data, o.Part)
	if err != nil {
		return nil, err
	}
	clips := o.Clips
	if clips.Len() == 0 {
		clips = set.Normal()
	}
	var conditions []model.Condition
	if o.Family == family.ConditionedName {
		conditions = o.Envelope
		if len(conditions) == 0 {
			if conditions, err = dataset.ConditionsOf(clips, o.Conditions); err != nil {
				return nil, err
			}
		}
	}
	desc, err := o.description(len(conditions))
	if err != nil {
		return nil, err
	}
	out := &Outcome{Params: desc.Params(), MACs: desc.MACs(), Warnings: set.Warnings(), Found: set.Describe(), Kept: set.Kept()}
	features, warnings, err := dataset.ExtractNormal(ctx, clips, dataset.Options{
		Profile: o.Profile, Channel: o.Channel, Workers: o.Threads, Cache: o.Cache,
		Progress: func(done, total int) { o.report(Progress{Step: fmt.Sprintf("features of clip %d of %d", done, total)}) },
	})
	out.Warnings = append(out.Warnings, warnings...)
	if err != nil {
		return nil, err
	}
	if o.Strict && len(out.Warnings) > 0 {
		return nil, fmt.Errorf("learn: %s (%d warnings in all, which a strict training does not pass over)", out.Warnings[0], len(out.Warnings))
	}
	for _, c := range features.Clips().Clips() {
		out.Clips = append(out.Clips, c.Name)
	}
	out.LeftOut = clips.Len() - len(out.Clips)
	out.Review = dataset.ReviewOf(features.All(), o.Profile.SampleRateHz)
	out.Warnings = append(out.Warnings, out.Review.Warnings()...)
	if o.Reviewed != nil {
		o.Reviewed(out)
	}

	tr := &trainer{o: o, desc: desc, features: features, conditions: conditions}
	if desc.Encoder > 0 && o.FineTune > 0 {
		return nil, fmt.Errorf("learn: the family %s restores nothing: fine-tuning does not know what to aim at", o.Family)
	}
	if !tr.outline().Restores() && o.Detector != model.Calibrated {
		return nil, fmt.Errorf("learn: the family %s restores nothing: it needs the detector %q", o.Family, model.Calibrated)
	}
	tr.plan()
	if o.Imported == nil && o.Engine == nil {
		if err := tr.checkMemory(freeMemory()); err != nil {
			return nil, err
		}
	}
	if err := tr.makeCheckpoints(); err != nil {
		return nil, err
	}
	final, normal, err := tr.run(ctx)
	if err != nil {
		return nil, err
	}
	out.Warnings = append(out.Warnings, tr.warnings...)
	out.Quantisation = final.loss
	out.Loss, out.LossUnit = slices.Clone(final.history.Loss), "dB²"
	if desc.Encoder > 0 {
		out.LossUnit = "nats"
	} else {
		span := o.Profile.MaxDB - o.Profile.MinDB
		for i := range out.Loss {
			out.Loss[i] *= span * span
		}
	}
	settings, err := tr.settings(final, normal, out)
	if err != nil {
		return nil, err
	}
	if out.File, err = model.Encode(final.graph, settings); err != nil {
		return nil, err
	}
	if out.Model, err = model.Parse(out.File); err != nil {
		return nil, fmt.Errorf("learn: the new model does not load: %w", err)
	}
	if out.Float, err = floatFile(final, settings); err != nil {
		return nil, err
	}
	o.report(Progress{Done: 1, Step: "done"})
	return out, nil
}

// description describes the network that is to be.
func (o *Options) description(conditions int) (family.Description, error) {
	if o.Imported != nil {
		return o.Imported.Description, nil
	}
	return family.ByName(o.Family, o.Profile.Bands, o.Compression, conditions)
}

// floatFile returns the model before it was quantised, with the same settings:
// the same detector with the same threshold.
func floatFile(final *fitted, settings *model.Settings) ([]byte, error) {
	s := *settings
	var err error
	if s.Golden, err = model.NewGolden(final.float, settings, settings.Golden.Input); err != nil {
		return nil, err
	}
	return model.Encode(final.float, &s)
}

// complete fills in defaults and checks what no package below checks.
func (o *Options) complete() error {
	switch {
	case o.Imported != nil:
		if o.Engine != nil || o.Epochs != 0 || o.Patience > 0 || o.Checkpoints != "" {
			return fmt.Errorf("learn: epochs, engine, patience and checkpoints belong to trainings")
		}
		o.Family = family.ImportedName
	case o.Epochs == 0:
		o.Epochs = DefaultEpochs(o.Family)
	}
	if o.Compression == 0 {
		o.Compression = family.DefaultCompression
	}
	if o.Fusion == "" {
		o.Fusion = detect.Max
	}
	switch {
	case !slices.Contains(detect.Fusions(), o.Fusion):
		return fmt.Errorf("learn: fusion %q: use one of %q", o.Fusion, detect.Fusions())
	case o.Threads < 1:
		return fmt.Errorf("learn: %d threads: must be 1 or more", o.Threads)
	case o.Folds < 0 || o.Folds == 1:
		return fmt.Errorf("learn: %d folds: must be 2 or more", o.Folds)
	case o.FineTune < 0 || o.FineTune > maxFineTune:
		return fmt.Errorf("learn: %d epochs of fine-tuning: must be 0 to %d", o.FineTune, maxFineTune)
	case o.Patience < 0:
		return fmt.Errorf("learn: patience of %d epochs: must be 0 or more", o.Patience)
	case o.Engine != nil && (o.Patience > 0 || o.Checkpoints != ""):
		return fmt.Errorf("learn: patience and checkpoints belong to the engine go")
	case o.Resume && o.Checkpoints == "":
		return fmt.Errorf("learn: no folder of checkpoints to go on from")
	case !slices.Contains(model.DetectorKinds(), o.Detector):
		return fmt.Errorf("learn: detector %q: use one of %q", o.Detector, model.DetectorKinds())
	}
	return nil
}

// maxFineTune bounds fine-tuning: what it gains it gains at once.
const maxFineTune = 1000

func (o *Options) report(p Progress) {
	if o.Progress != nil {
		o.Progress(p)
	}
}

// trainer holds what the trainings of one run share.
type trainer struct {
	o          Options
	desc       family.Description
	conditions []model.Condition
	features   dataset.NormalFeatures
	folds      []dataset.Fold // none: there is one clip only
	pool       int            // windows of an observation
	threads    int            // of one training
	warnings   []string

	mu    sync.Mutex
	steps map[string]float64 // share done of each training
	total int                // trainings
}

// plan deals the clips into folds.
func (t *trainer) plan() {
	clips := t.features.Clips()
	k := t.o.Folds
	if k == 0 {
		k = DefaultFolds
	}
	// Duplicates share a fold, so there may be fewer folds than clips.
	for k = min(k, clips.Len()); k >= 2; k-- {
		folds, err := dataset.Folds(clips, k, t.o.Seed)
		if err == nil {
			t.folds = folds
			break
		}
	}
	stride := float64(t.desc.Window.StrideFrames*t.o.Profile.HopLength) / float64(t.o.Profile.SampleRateHz)
	t.pool = max(1, int(math.Round(observationS/stride)))
	t.steps = map[string]float64{}
	t.total = len(t.folds) + 1
	// Trainings side by side use the processor better than threads within one.
	t.threads = max(1, t.o.Threads/t.total)
}

// fitted is one trained and quantised model.
type fitted struct {
	graph   *tflite.Model
	float   *tflite.Model // the same before it was quantised
	loss    ptq.Report    // of quantisation
	history nn.History    // losses in squared cells, 0 to 1
	golden  model.Golden
}

// fit trains on features and quantises. name is the checkpoint's.
func (t *trainer) fit(ctx context.Context, features dataset.NormalFeatures, name, step string) (*fitted, error) {
	learned, held, err := t.holdBack(features)
	if err != nil {
		return nil, err
	}
	windows, err := t.windows(learned)
	if err != nil {
		return nil, err
	}
	trained, err := t.network(ctx, windows, learned, held, name, step)
	if err != nil {
		return nil, err
	}
	lowered, err := lower.Network(trained.Net, "auscult "+t.desc.Name+" autoencoder")
	if err != nil {
		return nil, err
	}
	quantise := ptq.Options{Threads: t.threads}
	float, err := ptq.Equalise(ctx, lowered.Model, windows, quantise)
	if err != nil {
		return nil, err
	}
	tuned := float
	if t.o.FineTune > 0 {
		if tuned, err = ptq.FineTune(ctx, lowered, float, windows, quantise, ptq.FineTuning{
			Epochs: t.o.FineTune, Batch: t.desc.Batch, Seed: t.o.Seed, Threads: t.threads,
		}); err != nil {
			return nil, err
		}
		quantise.KeepBias = true
	}
	graph, err := ptq.Quantise(tuned, windows, quantise)
	if err != nil {
		return nil, err
	}
	golden, err := t.goldenPair(graph, windows)
	if err != nil {
		return nil, err
	}
	report, err := ptq.Compare(ctx, float, graph, windows, comparedWindows)
	if err != nil {
		return nil, err
	}
	return &fitted{graph: graph, float: float, loss: report, history: trained.History, golden: golden}, nil
}

// network trains on windows, which are those of learned, or takes what was trained
// elsewhere.
func (t *trainer) network(ctx context.Context, windows dataset.NormalWindows, learned dataset.NormalFeatures, held dataset.NormalWindows, name, step string) (*family.Trained, error) {
	span := t.o.Profile.MaxDB - t.o.Profile.MinDB
	if ready := t.o.Imported; ready != nil {
		trained, spread, err := family.Ready(t.desc, ready.Net, windows)
		if err != nil {
			return nil, err
		}
		loss := trained.History.Loss[0]
		t.progress(step, nn.Progress{Step: 1, Steps: 1, Loss: loss}, span)
		if name == keptName {
			t.checkRestores(loss, spread, "was it trained on other levels, or cells in another order?")
		}
		return trained, nil
	}
	cfg := family.Config{
		Epochs: t.o.Epochs, LearningRate: t.o.Rate, Seed: t.o.Seed, Threads: t.threads, Validation: held, Engine: t.o.Engine,
		Progress: func(p nn.Progress) { t.progress(step, p, span) }, SpanDB: span,
	}
	if held.Len() > 0 {
		cfg.Patience = t.o.Patience
	}
	if err := t.checkpointed(ctx, &cfg, name, learned, held); err != nil {
		return nil, err
	}
	trained, err := family.Train(ctx, t.desc, windows, cfg)
	if err != nil {
		return nil, err
	}
	if name == keptName && t.desc.Encoder == 0 {
		mse, spread, err := trained.Error(windows)
		if err != nil {
			return nil, err
		}
		t.checkRestores(mse, spread, "lower --learning-rate, or train longer")
	}
	return trained, nil
}

// checkRestores warns when an autoencoder restores what it has learned worse than the mean
// of all cells would.
func (t *trainer) checkRestores(mse, spread float64, advice string) {
	if mse > spread {
		span := t.o.Profile.MaxDB - t.o.Profile.MinDB
		t.warn(fmt.Sprintf("the network restores these recordings worse than their mean would (error %.1f dB, deviation %.1f dB): %s",
			math.Sqrt(mse)*span, math.Sqrt(spread)*span, advice))
	}
}

// windows cuts features to the windows that the family takes.
func (t *trainer) windows(features dataset.NormalFeatures) (dataset.NormalWindows, error) {
	windows, err := dataset.NewNormalWindows(features, t.desc.Window)
	if err != nil || len(t.conditions) == 0 {
		return windows, err
	}
	return windows.WithConditions(t.conditions)
}

// keptName is the checkpoint of the model that is kept.
const keptName = "kept"

// comparedWindows is how many windows show what quantisation costs.
const comparedWindows = 256

// goldenPair runs the model on a window from the middle of what it learned.
func (t *trainer) goldenPair(graph *tflite.Model, windows dataset.NormalWindows) (model.Golden, error) {
	codes := make([]int8, windows.Size())
	windows.Codes(windows.Len()/2, codes)
	input := make([]byte, len(codes))
	for i, code := range codes {
		input[i] = byte(code)
	}
	cells := make([]float32, windows.ConditionCount())
	windows.Conditions(windows.Len()/2, cells)
	for _, cell := range cells {
		input = append(input, byte(int8(math.Round(float64(cell)*255)-128)))
	}
	return model.NewGolden(graph, t.outline(), input)
}

// outline returns the settings that say what the graph's tensors are.
func (t *trainer) outline() *model.Settings {
	return &model.Settings{
		Version: model.SettingsVersion, Name: t.o.Name, Family: t.desc.Name,
		Profile: t.o.Profile, Window: t.desc.Window, Outputs: t.desc.Outputs, Conditions: t.conditions,
	}
}

// progress adds up what all trainings have done.
func (t *trainer) progress(step string, p nn.Progress, span float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps[step] = float64(p.Step) / float64(p.Steps)
	done := 0.0
	for _, share := range t.steps {
		done += share
	}
	loss, unit := math.Sqrt(p.Loss)*span, "dB"
	if t.desc.Encoder > 0 {
		loss, unit = p.Loss, "nats"
	}
	if p.Epochs > 0 {
		step = fmt.Sprintf("%s, epoch %d of %d", step, p.Epoch, p.Epochs)
	}
	t.o.report(Progress{Done: done / float64(t.total), Loss: loss, Unit: unit, Step: step})
}
