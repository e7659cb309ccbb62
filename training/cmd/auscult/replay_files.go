package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/replay"
)

// replayRun is what is heard by a node that has just started.
type replayRun struct {
	paths  []string
	folder string // they lie in; "": they were named
	series bool   // they are heard as one
}

// play plays it.
func (r *replayRun) play(
	ctx context.Context, o replay.Options, sum *replaySummary, left func(path string, err error) error,
) error {
	if r.series {
		name := r.folder
		if name == "" {
			name = fmt.Sprintf("%s and %d more", r.paths[0], len(r.paths)-1)
		}
		got, err := replay.Series(ctx, o, name, r.paths, left)
		switch {
		case errors.Is(err, io.EOF): // none can be used
		case err != nil:
			return err
		default:
			sum.add(got)
		}
		return nil
	}
	for _, path := range r.paths {
		got, err := replay.File(ctx, o, path)
		if err != nil {
			if err := left(path, err); err != nil {
				return err
			}
			continue
		}
		sum.add(got)
	}
	return nil
}

// runs finds what is heard together, and what is odd in the folders.
func (c *replayCommand) runs(o *replay.Options) (runs []replayRun, warnings []string, err error) {
	var named []string
	for _, path := range c.Clips {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			named = append(named, path) // an error is that of the recording
			continue
		}
		files, said, err := dataset.Recordings(path)
		if err == nil && len(files) == 0 {
			err = fmt.Errorf("%s has no recording: %s", path, strings.Join(append(said, "name a folder that has some"), "; "))
		}
		if err != nil {
			return nil, nil, fmt.Errorf("replay: %w", err)
		}
		warnings = append(warnings, said...)
		runs = append(runs, replayRun{paths: files, folder: path, series: c.Series || mostAreShort(files, o)})
	}
	switch {
	case c.Series && len(named) > 1:
		runs = append(runs, replayRun{paths: named, series: true})
	default:
		for _, path := range named {
			runs = append(runs, replayRun{paths: []string{path}})
		}
	}
	return runs, warnings, nil
}

// mostAreShort says whether most recordings are shorter than an alarm takes, by their headers.
func mostAreShort(paths []string, o *replay.Options) bool {
	const looked = 64
	short, need := 0, o.Model.Settings.FirstAlarm()
	probed := paths[:min(len(paths), looked)]
	for _, path := range probed {
		r, err := recording.OpenFile(path, recording.Options{Table: o.Table})
		if err != nil {
			continue
		}
		n, err := r.Count(context.Background())
		if d := float64(n) / float64(r.Format().SampleRateHz); err == nil && time.Duration(d*float64(time.Second)) < need {
			short++
		}
		_ = r.Halt() // it was only read
	}
	return len(paths) > 1 && 2*short > len(probed)
}
