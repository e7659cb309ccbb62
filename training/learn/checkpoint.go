package learn

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// warn adds a warning, once.
func (t *trainer) warn(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.warnings {
		if w == text {
			return
		}
	}
	t.warnings = append(t.warnings, text)
}

// makeCheckpoints makes the folder, unless it may turn out that nothing is to be kept.
func (t *trainer) makeCheckpoints() error {
	if t.o.Checkpoints == "" || t.o.WhenStopped {
		return nil
	}
	return makeFolder(t.o.Checkpoints)
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	return nil
}

// RemoveCheckpoints removes what Run kept in a folder, and the folder if it is empty
// then.
func RemoveCheckpoints(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), checkpointEnd) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, file.Name())); err != nil {
			return fmt.Errorf("learn: %w", err)
		}
	}
	_ = os.Remove(dir) // stays if there is anything else
	return nil
}

const checkpointEnd = ".checkpoint"

// checkpointed lets a training save what it has reached, and go on from there.
func (t *trainer) checkpointed(ctx context.Context, cfg *families.Config, name string, learned dataset.NormalFeatures,
	held dataset.NormalWindows,
) error {
	if t.o.Checkpoints == "" {
		return nil
	}
	var err error
	if cfg.Label, err = t.label(learned, held); err != nil {
		return err
	}
	path := filepath.Join(t.o.Checkpoints, name+checkpointEnd)
	cfg.Save = func(c *network.Checkpoint) error {
		if t.o.WhenStopped {
			if ctx.Err() == nil && !c.Ended() {
				return nil
			}
			if err := makeFolder(t.o.Checkpoints); err != nil {
				return err
			}
		}
		if err := atomicfile.Write(path, 0o644, c.Write); err != nil {
			return fmt.Errorf("learn: keep a checkpoint: %w", err)
		}
		return nil
	}
	if !t.o.Resume {
		return nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	if cfg.Resume, err = network.ReadCheckpoint(file); err != nil {
		return fmt.Errorf("learn: go on from %s: %w; remove it to start anew", path, err)
	}
	if cfg.Resume.Label() != cfg.Label {
		return fmt.Errorf(
			"learn: go on from %s: it was made for other recordings or options; use those, or another folder", path)
	}
	return nil
}

// label names all that a training depends on and its checkpoint does not hold.
func (t *trainer) label(learned dataset.NormalFeatures, held dataset.NormalWindows) (string, error) {
	what := map[string]any{
		"clips": learned.Clips().Hash(), "held": held.Len(), "family": t.desc.Name, "window": t.desc.Window,
		"profile": t.o.Profile, "channel": t.o.Channel, "standardise": t.desc.Standardise, "seed": t.o.Seed,
		"conditions": t.conditions, "constant": t.o.Constant,
	}
	if t.blocks > 0 {
		what["frames"] = learned.Frames() // of one recording, each fold learns other ones
	}
	text, err := json.Marshal(what)
	if err != nil {
		return "", fmt.Errorf("learn: %w", err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text)), nil
}
