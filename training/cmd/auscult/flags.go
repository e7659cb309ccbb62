package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/falsealarms"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/foreign/trainedon"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/network"
)

// defaults are those of flags that belong to a package.
func defaults() kong.Vars {
	p := dsp.DefaultProfile()
	return kong.Vars{
		"rate": strconv.Itoa(p.SampleRateHz), "frame": strconv.Itoa(p.FrameLength), "hop": strconv.Itoa(p.HopLength),
		"bands": strconv.Itoa(p.Bands), "scale": string(p.Scale), "sound_from": strconv.Itoa(learn.SoundFromHz),
		"folds": strconv.Itoa(learn.DefaultFolds), "compression": strconv.Itoa(families.DefaultCompression),
		"confidence": fmt.Sprint(falsealarms.DefaultConfidence), "signature": external.DefaultSignature,
		"exit_strict":   strconv.Itoa(exitStrict),
		"learning_rate": fmt.Sprint(network.DefaultLearningRate), "fusion": string(detect.Fusions()[0]),
	}
}

// choices are what flags may be where a package has a table of it, and what helps to choose.
func choices() kong.Vars {
	var help, epochs, patience, batches []string
	for _, f := range families.Families() {
		help = append(help, fmt.Sprintf("%s (%s)", f.Name, f.Help))
		until := fmt.Sprintf("%s %d", f.Name, f.Epochs)
		if f.Patience > 0 {
			until = fmt.Sprintf("%s until sound that is held back is restored no better for %d, at most %d, and %d where nothing can be "+
				"held back", f.Name, f.Patience, f.Most, f.Epochs)
			patience = append(patience, fmt.Sprintf("%s %d", f.Name, f.Patience))
		}
		epochs = append(epochs, until)
		if d, err := f.Describe(families.Wanted{Bands: dsp.DefaultProfile().Bands, Conditions: 1}); err == nil {
			batches = append(batches, fmt.Sprintf("%s %d", f.Name, d.Batch))
		}
	}
	return kong.Vars{
		"families": strings.Join(families.AllNames(), ","), "families_help": strings.Join(help, ", "),
		"families_epochs": strings.Join(epochs, ", "), "families_patience": strings.Join(patience, ", "),
		"families_batch": strings.Join(batches, ", "),
		"detectors":      strings.Join(model.KindNames(), ","), "fusions": listed(detect.Fusions(), ","),
		"presets": strings.Join(trainedon.Presets(), ","), "presets_help": trainedon.PresetsHelp(),
		"plot_kinds":      strings.Join(plotKinds(), ","),
		"threshold_rules": listed(learn.ThresholdRules(), ","),
		"layouts":         listed(dataset.Layouts(), ","), "layouts_help": listed(dataset.Layouts(), ", "),
	}
}

// listed joins names.
func listed[S ~string](names []S, by string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = string(name)
	}
	return strings.Join(all, by)
}
