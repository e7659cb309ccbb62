package external

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// Names of a job's files.
const (
	startFile   = "start.checkpoint"
	samplesFile = "samples.f32"
	lookFile    = "look.json"
	endFile     = "end.checkpoint"
	networkFile = "network.checkpoint"
)

// Step is a line of progress.
type Step struct {
	Epoch      int     `json:"epoch"`       // in progress, from 1
	Step       int     `json:"step"`        // steps done in all epochs
	Loss       float64 `json:"loss"`        // mean over the epoch so far
	EpochEnded bool    `json:"epoch_ended"` // Loss is the whole epoch's
}

// Job is a training to be done, as the program that does it sees it.
type Job struct {
	dir  string
	Plan network.Plan
	// Checkpoint holds the initial weights; what was trained takes their place.
	Checkpoint *network.Checkpoint
	// Look says what the samples are, where two views of each are told from the others'.
	Look families.Look
}

// WriteJob writes the job that a checkpoint begins into a folder.
func WriteJob(dir string, start *network.Checkpoint, data network.Samples) error {
	j := &Job{Plan: start.Plan()}
	err := errors.Join(
		writeFile(filepath.Join(dir, startFile), start.Write),
		writeFile(filepath.Join(dir, samplesFile), func(w io.Writer) error {
			return writeSamples(w, data, j.Size(), j.Conditions())
		}),
	)
	if views, ok := data.(families.Views); ok {
		err = errors.Join(err, writeFile(filepath.Join(dir, lookFile), func(w io.Writer) error {
			return json.NewEncoder(w).Encode(views.Look)
		}))
	} else if j.Plan.Temperature > 0 {
		err = errors.Join(err, fmt.Errorf("samples are %T: only windows have views elsewhere", data))
	}
	if err != nil {
		return fmt.Errorf("external: %w", err)
	}
	return nil
}

// OpenJob reads the job in a folder.
func OpenJob(dir string) (*Job, error) {
	c, err := readCheckpoint(filepath.Join(dir, startFile))
	if err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	j := &Job{dir: dir, Plan: c.Plan(), Checkpoint: c}
	info, err := os.Stat(filepath.Join(dir, samplesFile))
	if err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	if want := 4 * int64(j.Plan.Samples) * int64(j.Row()); info.Size() != want {
		return nil, fmt.Errorf("external: %s has %d bytes, want %d: %d samples of %d values",
			samplesFile, info.Size(), want, j.Plan.Samples, j.Row())
	}
	if j.Plan.Temperature > 0 {
		raw, err := os.ReadFile(filepath.Join(dir, lookFile))
		if err == nil {
			err = json.Unmarshal(raw, &j.Look)
		}
		if err != nil {
			return nil, fmt.Errorf("external: %w", err)
		}
		if l := j.Look; l.Bands < 1 || l.Frames < 1 || l.Bands > j.Size() || l.Bands*l.Frames != j.Size() || !(l.SpanDB > 0) {
			return nil, fmt.Errorf("external: %s speaks of %+v, the samples have %d values", lookFile, l, j.Size())
		}
	}
	return j, nil
}

// Size returns the values of one sample.
func (j *Job) Size() int { return j.Plan.Specs[0].In.Size() }

// Conditions returns how many operating conditions stand behind each sample.
func (j *Job) Conditions() int { return j.Plan.Conditions() }

// Row returns the values of a sample with its conditions.
func (j *Job) Row() int { return j.Size() + j.Conditions() }

// Samples opens the samples, each with its conditions, for reading at any place.
func (j *Job) Samples() (*os.File, error) { return os.Open(filepath.Join(j.dir, samplesFile)) }

// Finish writes the result.
func (j *Job) Finish(h network.History) error {
	if err := j.Checkpoint.Finish(h); err != nil {
		return err
	}
	path := filepath.Join(j.dir, endFile)
	return errors.Join(writeFile(path+".new", j.Checkpoint.Write), os.Rename(path+".new", path))
}

func readCheckpoint(path string) (*network.Checkpoint, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // closing what was only read cannot lose anything
	c, err := network.ReadCheckpoint(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return c, nil
}

// writeFile writes a new file.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// writeSamples writes all samples.
func writeSamples(w io.Writer, data network.Samples, size, conditions int) error {
	driven, ok := data.(network.Conditioned)
	if conditions > 0 && !ok {
		return fmt.Errorf("the samples have no operating conditions")
	}
	x, raw := make([]float32, size+conditions), make([]byte, 4*(size+conditions))
	for i := range data.Len() {
		data.Sample(i, x[:size])
		if conditions > 0 {
			driven.Conditions(i, x[size:])
		}
		for k, v := range x {
			binary.LittleEndian.PutUint32(raw[4*k:], math.Float32bits(v))
		}
		if _, err := w.Write(raw); err != nil {
			return err
		}
	}
	return nil
}
