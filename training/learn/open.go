package learn

import (
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
)

// open finds the clips, the operating conditions and the network that is to be.
func open(o Options) (*trainer, *Outcome, error) {
	if err := o.complete(); err != nil {
		return nil, nil, err
	}
	if err := o.Open(); err != nil {
		return nil, nil, err
	}
	set := o.Set
	o.Set = nil // many clips need not be kept
	t := &trainer{o: o, tables: set.Tables(), clips: o.Clips, samples: mostSamples}
	if t.clips.Len() == 0 {
		t.clips = set.Normal()
	}
	found := set.Describe()
	if t.o.Profile == (dsp.Profile{}) {
		why := ""
		if t.o.Profile, why = ProfileOf(t.clips); why != "" {
			found += "; " + why
		}
	}
	t.o.Profile.Motion = t.o.Alone == "" && t.o.Profile.CanMove() == nil
	if err := t.describe(); err != nil {
		return nil, nil, err
	}
	out := &Outcome{
		Params: t.desc.Params(), MACs: t.desc.MACs(), Warnings: set.Warnings(), Found: found, Kept: set.Kept(),
	}
	if ready := t.o.Imported; ready != nil {
		out.Params, out.MACs = ready.Params, ready.MACs
	}
	return t, out, nil
}

// describe describes the network that is to be, and the operating conditions that it takes.
func (t *trainer) describe() error {
	if t.o.Imported != nil {
		t.desc = families.Imported(t.o.Profile.Bands, t.o.Imported.Window)
		return nil
	}
	f, err := families.Of(t.o.Family)
	if err != nil {
		return err
	}
	if f.Conditions {
		t.conditions = t.o.Envelope
		if len(t.conditions) == 0 {
			if t.conditions, err = dataset.ConditionsOf(t.clips, t.o.Conditions); err != nil {
				return err
			}
		}
	}
	t.desc, err = f.Describe(families.Wanted{
		Bands: t.o.Profile.Bands, Compression: t.o.Compression, Conditions: len(t.conditions),
	})
	if t.o.Batch > 0 {
		t.desc.Batch = t.o.Batch
	}
	return err
}
