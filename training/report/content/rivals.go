package content

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/quantise"
)

// Rival is another model on the same clips.
type Rival struct {
	Name        string                             `json:"name"`
	Family      string                             `json:"family"`
	SHA256      string                             `json:"sha256"`
	Bytes       int                                `json:"bytes"`
	Params      int64                              `json:"params"`
	MACs        int64                              `json:"macs"`
	Compression float64                            `json:"compression"`
	Metrics     metrics.Metrics                    `json:"metrics"`
	Levels      map[evaluate.Level]metrics.Metrics `json:"levels"`
	Alarms      int                                `json:"alarms"`
	FalseAlarms int                                `json:"false_alarms"`
	WindowUS    float64                            `json:"window_us"`
	Ahead       metrics.Difference                 `json:"difference"` // of the model that is studied to this one
	// Float holds the metrics of this model before it was quantised, where it was
	// trained for the study.
	Float *metrics.Metrics `json:"float,omitempty"`
	// Epochs is how long it was trained for the study; 0: it was given.
	Epochs int `json:"epochs,omitempty"`
}

// compare judges other models on the same clips: those that were given, the same
// in float32, and those that are trained for it.
func (s *Study) compare(ctx context.Context, o *Options) error {
	for _, file := range o.Rivals {
		r, err := s.rival(ctx, o, file)
		if err != nil {
			return err
		}
		s.Rivals = append(s.Rivals, *r)
	}
	if err := s.compareFloat(ctx, o); err != nil {
		return err
	}
	if len(o.Families)+len(o.Compressions) > 0 && o.Learned == nil {
		return errors.New("content: families are trained on the clips that the model has learned: name their folder")
	}
	jobs := len(o.Families) + len(o.Compressions)
	step := func(name string) func(learn.Progress) {
		done := float64(len(s.Sweep)+len(s.Rivals)-len(o.Rivals)) / float64(max(jobs, 1))
		return func(p learn.Progress) { o.tell(name, trainFrom+(trainTo-trainFrom)*(done+p.Done/float64(jobs))) }
	}
	for _, name := range o.Families {
		lo := s.training(o, name)
		lo.Progress = step("training " + name)
		r, err := s.trained(ctx, o, lo)
		if err != nil {
			return err
		}
		s.Rivals = append(s.Rivals, *r)
	}
	for _, compression := range o.Compressions {
		if r := s.squeezed(compression); r != nil {
			s.Sweep = append(s.Sweep, *r)
			continue
		}
		lo := s.training(o, families.ConvName)
		lo.Compression = compression
		lo.Name = fmt.Sprintf("conv, %d to 1", compression)
		lo.Progress = step("training " + lo.Name)
		r, err := s.trained(ctx, o, lo)
		if err != nil {
			return err
		}
		s.Sweep = append(s.Sweep, *r)
	}
	return nil
}

// compareFloat judges the model in float32: as it was before it was quantised where
// that file is at hand, else with int8's weights and no rounding between layers.
func (s *Study) compareFloat(ctx context.Context, o *Options) (err error) {
	file := o.Float
	if file == nil {
		if o.Quick {
			return nil
		}
		if file, err = floatTwin(o.File, s.Settings); err != nil {
			s.Warnings = append(s.Warnings, fmt.Sprintf("int8 is not compared with float32: %v", err))
			return nil
		}
		s.Twin = true
	}
	s.Float, err = s.rival(ctx, o, file)
	return err
}

// floatTwin returns a model's file with its graph in float32 and the same settings.
func floatTwin(file []byte, settings *model.Settings) ([]byte, error) {
	graph, err := tflite.Parse(file)
	if err != nil {
		return nil, err
	}
	if graph, err = quantise.Dequantise(graph); err != nil {
		return nil, err
	}
	twin := *settings
	if twin.Golden, err = model.NewGolden(graph, settings, settings.Golden.Input); err != nil {
		return nil, err
	}
	return model.Encode(graph, &twin)
}

// squeezed returns the model of the conv family with this compression that has
// already been trained for the study, nil where there is none.
func (s *Study) squeezed(compression int) *Rival {
	for i := range s.Rivals {
		if r := &s.Rivals[i]; r.Epochs > 0 && r.Family == families.ConvName && r.Compression == float64(compression) {
			return r
		}
	}
	return nil
}

// training returns options to learn what the studied model has learned.
func (s *Study) training(o *Options, name string) learn.Options {
	f, _ := families.Of(name) // learning says what is wrong with the name
	lo := learn.Options{
		Set: o.Learned, Clips: evaluate.Learned(o.Learned, s.Model), Name: name, Family: name,
		Profile: s.Settings.Profile, Channel: o.Channel, Epochs: f.Epochs, Seed: uint64(s.Settings.Provenance.Seed),
		Threads: runtime.GOMAXPROCS(0), Tool: s.Settings.Provenance.Tool,
	}
	lo.Fusion = s.Settings.Detector.Fusion
	if lo.Fusion == detect.Alone {
		lo.Alone, lo.Fusion = s.Settings.Detector.Parts[0].Name, ""
	}
	return lo
}

// trained learns a model and judges it in int8 and in float32.
func (s *Study) trained(ctx context.Context, o *Options, lo learn.Options) (*Rival, error) {
	learned, err := o.learned(ctx, lo)
	if err != nil {
		return nil, err
	}
	r, err := s.rival(ctx, o, learned.int8)
	if err != nil {
		return nil, err
	}
	float, err := s.rival(ctx, o, learned.float)
	if err != nil {
		return nil, err
	}
	r.Float, r.Epochs = &float.Metrics, lo.Epochs
	return r, nil
}

// rival judges a model file.
func (s *Study) rival(ctx context.Context, o *Options, file []byte) (*Rival, error) {
	m, err := model.Parse(file)
	if err != nil {
		return nil, err
	}
	result, err := evaluate.Run(ctx, m, o.Set, evaluate.Options{Channel: o.Channel, Workers: o.Workers, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	graph, err := tflite.Parse(file)
	if err != nil {
		return nil, err
	}
	var net Study
	if err := net.describeNetwork(graph); err != nil {
		return nil, err
	}
	r := &Rival{
		Name: m.Settings.Name, Family: m.Settings.Family, SHA256: m.Hash(), Bytes: len(file),
		Params: net.Params, MACs: net.MACs, Compression: net.Compression,
		Metrics: result.Metrics, Levels: result.Levels, Alarms: result.Alarms, FalseAlarms: result.FalseAlarms,
		WindowUS: result.WindowUS,
	}
	if r.Ahead, err = evaluate.Compare(s.Result, result, evaluate.AsRecorded, o.Seed); err != nil {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s cannot be compared: %v", r.Name, err))
	}
	return r, nil
}
