package learn

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/family"
	"github.com/auscult/auscult/training/nn"
)

// heldShare is the part of the clips that validation takes: one in five.
const heldShare = 5

// holdBack splits features, by clip, into what is learned and what decides when to
// stop. Without patience, or with too few clips, all is learned.
func (t *trainer) holdBack(features dataset.NormalFeatures) (learned dataset.NormalFeatures, held dataset.NormalWindows, err error) {
	if t.o.Patience == 0 {
		return features, held, nil
	}
	folds, err := dataset.Folds(features.Clips(), heldShare, t.o.Seed)
	if err != nil {
		t.warn(fmt.Sprintf("too few clips to hold one in %d back: every training went on for all its epochs", heldShare))
		return features, held, nil
	}
	held, err = t.windows(features.Of(folds[0].Held))
	return features.Of(folds[0].Fit), held, err
}

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

// makeCheckpoints makes the folder.
func (t *trainer) makeCheckpoints() error {
	if t.o.Checkpoints == "" {
		return nil
	}
	if err := os.MkdirAll(t.o.Checkpoints, 0o755); err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	return nil
}

// checkpointed lets a training save what it has reached, and go on from there.
func (t *trainer) checkpointed(cfg *family.Config, name string, learned dataset.NormalFeatures, held dataset.NormalWindows) error {
	if t.o.Checkpoints == "" {
		return nil
	}
	var err error
	if cfg.Label, err = t.label(learned, held); err != nil {
		return err
	}
	path := filepath.Join(t.o.Checkpoints, name+".checkpoint")
	cfg.Save = func(c *nn.Checkpoint) error {
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
	if cfg.Resume, err = nn.ReadCheckpoint(file); err != nil {
		return fmt.Errorf("learn: go on from %s: %w; remove it to start anew", path, err)
	}
	if cfg.Resume.Label() != cfg.Label {
		return fmt.Errorf("learn: go on from %s: it was made for other recordings or options; use those, or another folder", path)
	}
	return nil
}

// label names all that a training depends on and its checkpoint does not hold.
func (t *trainer) label(learned dataset.NormalFeatures, held dataset.NormalWindows) (string, error) {
	text, err := json.Marshal(map[string]any{
		"clips": learned.Clips().Hash(), "held": held.Len(), "family": t.desc.Name, "window": t.desc.Window,
		"profile": t.o.Profile, "channel": t.o.Channel, "standardise": t.desc.Standardise, "seed": t.o.Seed,
		"conditions": t.conditions,
	})
	if err != nil {
		return "", fmt.Errorf("learn: %w", err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text)), nil
}
