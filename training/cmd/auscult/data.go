package main

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/recording/table"
)

// dataFlags say which recordings are meant.
type dataFlags struct {
	Data string `required:"" type:"path" placeholder:"DIR" help:"Folder with normal/ and, to judge by, abnormal/, searched for recordings (WAV, FLAC, AIFF, W64, AU, CAF, Ogg, Opus, MP3) and tables of accelerations (CSV, TSV, NPY, NPZ, MAT, Parquet) at any depth; or a published set (MIMII, ToyADMOS, DCASE) as folder or zip."`

	setFlags `embed:""`
}

// setFlags say how recordings are taken, wherever they lie.
type setFlags struct {
	Layout     string `default:"" enum:",${layouts}" placeholder:"NAME" help:"Layout of --data, one of ${layouts_help}. (found by looking)"`
	Machine    string `placeholder:"ID" help:"Which machine of a set of several, by the folder of its id or section."`
	Strict     bool   `help:"Stop at a recording that cannot be used or is odd, with exit code ${exit_strict}, instead of leaving it out."`
	tableFlags `embed:""`
	GroupBy    string `default:"auto" placeholder:"HOW" help:"What tells files of one take, which are learned or kept together: auto (names and what is heard), name, folder, none, or a regular expression of names, as '^(.*)_mic'. (${default})"`
}

// part says which part of the set is meant, and how its tables are read.
func (d *setFlags) part(tables table.Options) dataset.Selection {
	return dataset.Selection{Layout: dataset.Layout(d.Layout), Machine: d.Machine, GroupBy: d.GroupBy, Tables: tables}
}

// open opens recordings. Tables are read as for a model.
func (d *setFlags) open(dir string, m *model.Model) (*dataset.Set, error) {
	tables, err := d.as(m)
	if err != nil {
		return nil, err
	}
	return dataset.OpenPart(dir, d.part(tables))
}

// unlearned opens what none of the models has learned. Tables are read as for the first.
func (d *dataFlags) unlearned(models ...*model.Model) (*dataset.Set, error) {
	set, err := d.open(d.Data, models[0])
	if err != nil {
		return nil, err
	}
	return evaluate.Unlearned(set, models...)
}

// command returns the flags as a user would give them again behind --data.
func (d *dataFlags) command() string {
	text := d.Data
	if d.Layout != "" {
		text += " --layout " + d.Layout
	}
	if d.Machine != "" {
		text += " --machine " + d.Machine
	}
	if d.GroupBy != "" && d.GroupBy != dataset.GroupByAll {
		text += fmt.Sprintf(" --group-by '%s'", strings.ReplaceAll(d.GroupBy, "'", `'\''`))
	}
	return text
}
