package learn

import (
	"context"
	"sync"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/recording/table"
)

// Run learns o.Data's normal clips and returns the model. It does so in stages, each in a file
// of its name.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	t, out, err := open(o)
	if err != nil {
		return nil, err
	}
	if err := t.run(ctx, out); err != nil {
		return nil, err
	}
	return out, nil
}

// run goes through the stages behind open.
func (t *trainer) run(ctx context.Context, out *Outcome) error {
	err := t.review(ctx, out)
	defer func() { _ = t.features.Close() }() // nothing in them is wanted any more
	if err != nil {
		return err
	}
	final, normal, err := t.fit(ctx, out)
	if err != nil {
		return err
	}
	settings, err := t.calibrate(ctx, final, normal, out)
	if err != nil {
		return err
	}
	return t.seal(final, settings, out)
}

// trainer holds what the trainings of one run share.
type trainer struct {
	o          Options
	tables     table.Options // what was said of tables
	clips      dataset.NormalClips
	desc       families.Description
	conditions []model.Condition
	features   dataset.NormalFeatures
	folds      []dataset.FeatureFold // none: there is one clip only, and a short one
	blocks     int                   // that one recording was cut to for the folds; 0: none was
	pool       int                   // windows of an observation
	samples    int                   // observations that are kept
	warnings   []string
	plan

	mu    sync.Mutex
	steps map[string]float64 // share done of each training
}

// plan is how the trainings go.
type plan struct {
	total   int // trainings
	threads int // of one of them
	parts   int // that each deals its clips into, to hold one back; 0: none
}

// spanDB returns what cells from 0 to 1 stand for.
func (t *trainer) spanDB() float64 { return t.o.Profile.MaxDB - t.o.Profile.MinDB }

// outline returns the settings that say what the graph's tensors are.
func (t *trainer) outline() *model.Settings {
	return &model.Settings{
		Version: model.SettingsVersion, Name: t.o.Name, Family: t.desc.Name,
		Profile: t.o.Profile, Window: t.desc.Window, Outputs: t.desc.Outputs, Conditions: t.conditions,
	}
}
