package content

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/learn"
)

// files are a model that was trained for a study, in int8 and in float32.
type files struct{ int8, float []byte }

// Endings of what is kept of a model.
const (
	modelEnd      = ".tflite"
	floatEnd      = ".float.tflite"
	checkpointEnd = ".checkpoints"
)

// learned trains a model, or takes it from Options.Keep where it was trained before. What is interrupted goes on
// there the next time.
func (o *Options) learned(ctx context.Context, lo learn.Options) (files, error) {
	if o.Keep == "" {
		out, err := learn.Run(ctx, lo)
		if err != nil {
			return files{}, err
		}
		return files{out.File, out.Float}, nil
	}
	base := filepath.Join(o.Keep, strings.NewReplacer(", ", "-", " ", "-").Replace(lo.Name))
	if kept, ok := keptAs(base, &lo); ok {
		return kept, nil
	}
	if err := os.MkdirAll(o.Keep, 0o755); err != nil {
		return files{}, fmt.Errorf("content: keep models: %w", err)
	}
	lo.Checkpoints, lo.WhenStopped = base+checkpointEnd, true
	_, err := os.Stat(lo.Checkpoints)
	lo.Resume = err == nil
	out, err := learn.Run(ctx, lo)
	if err != nil && lo.Resume && ctx.Err() == nil { // it was begun on other recordings, or otherwise
		if err := learn.RemoveCheckpoints(lo.Checkpoints); err != nil {
			return files{}, err
		}
		lo.Resume = false
		out, err = learn.Run(ctx, lo)
	}
	if err != nil {
		return files{}, err
	}
	for end, data := range map[string][]byte{floatEnd: out.Float, modelEnd: out.File} {
		if err := atomicfile.WriteBytes(base+end, 0o644, data); err != nil {
			return files{}, fmt.Errorf("content: keep models: %w", err)
		}
	}
	return files{out.File, out.Float}, learn.RemoveCheckpoints(lo.Checkpoints)
}

// keptAs returns what was kept under a name, if it is what the options would make.
func keptAs(base string, lo *learn.Options) (kept files, ok bool) {
	var err error
	if kept.int8, err = tflite.ReadFile(base + modelEnd); err != nil {
		return kept, false
	}
	if kept.float, err = tflite.ReadFile(base + floatEnd); err != nil {
		return kept, false
	}
	for _, file := range [][]byte{kept.int8, kept.float} {
		m, err := model.Parse(file)
		if err != nil {
			return kept, false
		}
		s, p := &m.Settings, m.Settings.Provenance
		if s.Name != lo.Name || s.Family != lo.Family || p.DataSHA256 != lo.Clips.Hash() || p.Seed != int64(lo.Seed) ||
			p.Epochs != lo.Epochs || p.Tool != lo.Tool || p.Channel != lo.Channel || s.Profile != lo.Profile {
			return kept, false
		}
	}
	return kept, true
}
