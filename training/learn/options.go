package learn

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
)

// Options say what to learn and how.
type Options struct {
	Data        string              // folder with normal/, or what dataset.OpenPart opens
	Part        dataset.Selection   // of Data
	Set         *dataset.Set        // Data's Part, where it is open already, see Open; nil: Run opens it
	Clips       dataset.NormalClips // of Data, to learn only these; the zero value means all
	Name        string              // of the model, for people
	Family      string              // one of families.Families, by its name
	Conditions  []string            // operating conditions that the family takes; none: all that the clips differ in
	Envelope    []model.Condition   // ranges of conditions, where Clips are some of a machine's; none: those of Clips
	Compression int                 // of the conv and small families' bottleneck; 0 means its default
	Profile     dsp.Profile         // of the front end; the zero value: ProfileOf the clips
	Cache       string              // folder that keeps features between runs; empty means none
	Strict      bool                // a clip that cannot be used is an error, not a warning
	Channel     int                 // of multichannel clips, from 0
	Alone       detect.Name         // the detector whose own score counts; empty: all of the family's, joined
	Fusion      detect.Fusion       // of those; empty means detect.Max
	Epochs      int                 // of each training; 0 means its family's, and its patience
	Rate        float64             // learning rate at the start; 0 means network.DefaultLearningRate
	Batch       int                 // windows in a step; 0 means the family's
	Constant    bool                // the learning rate stays; else it falls to 0 by a cosine
	FineTune    int                 // epochs of each training that go on with int8's rounding; 0: none
	Folds       int                 // to cross-fit the threshold; 0 means DefaultFolds, or as many as there are clips
	Seed        uint64              // of folds, weights and order
	Threads     int                 // 1 or more
	Tool        string              // program and version, for the provenance

	// Patience ends a training after as many epochs without a better loss on
	// clips held back from it, and keeps the best epoch; 0 trains all Epochs on all
	// clips, or, where these are the family's, as its patience is.
	Patience int
	// ValidationShare is the part of the clips that is held back from every training to validate on, 0 to 0.5; 0
	// means DefaultValidationShare where there is Patience, and none otherwise.
	ValidationShare float64
	// Threshold says how the threshold is chosen; empty means ByBudget.
	Threshold ThresholdRule

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

	// Engine does the trainings; nil is package network. One of another program does one
	// training at a time.
	Engine families.Engine

	// Reviewed, if set, is called once before the first step: Found, Kept, Review and
	// Warnings say what there is to learn.
	Reviewed func(*Outcome)
	// Progress, if set, is called from one goroutine at a time.
	Progress func(Progress)

	unheld int // epochs where nothing can be held back; 0: Epochs
}

// Imported is a network that was trained elsewhere.
type Imported struct {
	Window model.Window
	// Float takes and gives the cells of a window, from 0 to 1, in float32.
	Float  *tflite.Model
	Params int
	MACs   int64
}

// DefaultFolds is how many folds cross-fitting takes unless told otherwise.
const DefaultFolds = 4

// Open opens Data, unless Set has it: for who learns from it several times, since each recording is
// read to its end.
func (o *Options) Open() (err error) {
	if o.Set == nil {
		o.Set, err = dataset.OpenPart(o.Data, o.Part)
	}
	return err
}

// complete fills in defaults and checks what no package below checks.
func (o *Options) complete() error {
	switch {
	case o.Imported != nil:
		if o.Engine != nil || o.Epochs != 0 || o.Patience > 0 || o.Checkpoints != "" || o.FineTune != 0 {
			return fmt.Errorf("learn: epochs, fine-tuning, engine, patience and checkpoints belong to trainings")
		}
		o.Family = families.ImportedName
	case o.Epochs == 0:
		f, err := families.Of(o.Family)
		if err != nil {
			return err
		}
		o.Epochs = f.Epochs
		if f.Patience > 0 && o.Engine == nil {
			o.unheld, o.Epochs, o.Patience = f.Epochs, f.Most, cmp.Or(o.Patience, f.Patience)
		}
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
		return fmt.Errorf("learn: %d folds (--folds): must be 2 or more", o.Folds)
	case o.FineTune < 0 || o.FineTune > maxFineTune:
		return fmt.Errorf("learn: %d epochs of fine-tuning: must be 0 to %d", o.FineTune, maxFineTune)
	case o.Batch < 0:
		return fmt.Errorf("learn: batch of %d: must be 1 or more", o.Batch)
	case !(o.ValidationShare >= 0 && o.ValidationShare <= 0.5):
		return fmt.Errorf("learn: validation share of %g: must be 0 to 0.5", o.ValidationShare)
	case !o.Threshold.valid():
		return fmt.Errorf("learn: threshold %q: use one of %q", o.Threshold, ThresholdRules())
	case o.Patience < 0:
		return fmt.Errorf("learn: patience of %d epochs: must be 0 or more", o.Patience)
	case o.Engine != nil && (o.Patience > 0 || o.ValidationShare > 0 || o.Constant || o.Checkpoints != ""):
		return fmt.Errorf("learn: patience, validation, a constant rate and checkpoints belong to the engine go")
	case o.Resume && o.Checkpoints == "":
		return fmt.Errorf("learn: no folder of checkpoints to go on from")
	}
	if k, _ := detect.KindOf(o.Alone); o.Alone != "" && k.Alone == "" {
		return fmt.Errorf("learn: the detector %q cannot stand alone", o.Alone)
	}
	return nil
}

// maxFineTune bounds fine-tuning: what it gains it gains at once.
const maxFineTune = 1000
