package learn

import (
	"fmt"

	"github.com/auscult/auscult/agent/model"
)

// seal writes the model's files, and reads the one that a node gets as a node does.
func (t *trainer) seal(final *fitted, settings *model.Settings, out *Outcome) (err error) {
	if out.File, err = model.Encode(final.graph, settings); err != nil {
		return err
	}
	if out.Model, err = model.Parse(out.File); err != nil {
		return fmt.Errorf("learn: the new model does not load: %w", err)
	}
	if out.Float, err = floatFile(final, settings); err != nil {
		return err
	}
	t.o.report(Progress{Done: 1, Step: "done"})
	return nil
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
