package external

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/auscult/auscult/training/network"
)

// ErrNotFound says that there is no program of that name, and how to get it.
var ErrNotFound = errors.New("auscult-tf is not here: run 'make tensorflow', which builds it, and put it on the PATH or beside auscult")

// Program computes trainings and reads SavedModels.
type Program struct {
	path string
}

// Find returns the program at path, or for "" the auscult-tf that lies beside
// this program, on the PATH, or where make tensorflow puts it.
func Find(path string) (*Program, error) {
	if path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return nil, fmt.Errorf("external: %w; 'make tensorflow' builds it", err)
		}
		return &Program{path}, nil
	}
	const name = "auscult-tf"
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), name))
	}
	places = append(places, name, filepath.Join("build", "out", "tensorflow", name))
	for _, place := range places {
		if found, err := exec.LookPath(place); err == nil {
			if found, err = filepath.Abs(found); err == nil {
				return &Program{found}, nil
			}
		}
	}
	return nil, ErrNotFound
}

// String names the program.
func (p *Program) String() string { return p.path }

// grace is how long the program may take to end once it is told to.
const grace = 5 * time.Second

// Fit trains net as network.Network.Fit does, in the program.
func (p *Program) Fit(
	ctx context.Context, net *network.Network, data network.Samples, cfg network.Config, threads int,
) (network.History, error) {
	if cfg.Validation != nil || cfg.Patience > 0 || cfg.Resume != nil {
		return network.History{}, errors.New("external: patience and going on from a checkpoint belong to the engine go")
	}
	dir, err := os.MkdirTemp("", "auscult-training-")
	if err != nil {
		return network.History{}, fmt.Errorf("external: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary files
	start, err := net.Begin(data.Len(), cfg)
	if err != nil {
		return network.History{}, err
	}
	if err := WriteJob(dir, start, data); err != nil {
		return network.History{}, err
	}
	if err := p.fit(ctx, dir, threads, start.Plan(), cfg.Progress); err != nil {
		return network.History{}, err
	}
	end, err := readCheckpoint(filepath.Join(dir, endFile))
	if err != nil {
		return network.History{}, fmt.Errorf("external: %s: %w", p, err)
	}
	if !end.Ended() {
		return network.History{}, fmt.Errorf("external: %s: the training has not ended", p)
	}
	cfg.Resume, cfg.Progress, cfg.Save = end, nil, nil
	return net.Fit(ctx, data, cfg)
}

// fit lets the program do the job in a folder and follows it.
func (p *Program) fit(ctx context.Context, dir string, threads int, plan network.Plan,
	progress func(network.Progress)) error {
	return p.run(ctx, []string{"fit", "--threads", strconv.Itoa(threads), dir}, func(line []byte) bool {
		var s Step
		if err := json.Unmarshal(line, &s); err != nil || s.Step < 0 || s.Step > plan.Epochs*plan.Steps() || s.Epoch < 0 ||
			s.Epoch > plan.Epochs {
			return false
		}
		if progress != nil {
			progress(network.Progress{
				Epoch: s.Epoch, Epochs: plan.Epochs, Step: s.Step, Steps: plan.Epochs * plan.Steps(), Loss: s.Loss,
			})
		}
		return true
	})
}

// run starts the program and gives each line that it prints to line, which says whether
// it understood.
func (p *Program) run(ctx context.Context, args []string, line func([]byte) bool) error {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = grace
	var said bytes.Buffer
	cmd.Stderr = &tail{buf: &said}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("external: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("external: %w", err)
	}
	var odd error
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if !line(lines.Bytes()) && odd == nil {
			odd = fmt.Errorf("external: %s printed %.80q: is it the auscult-tf of this version?", p, lines.Text())
		}
	}
	if lines.Err() != nil && odd == nil {
		odd = fmt.Errorf("external: %s: %w", p, lines.Err())
		_, _ = io.Copy(io.Discard, stdout) // so that it can end
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("external: %s: %w: %s", p, err, lastLine(said.String()))
	}
	return odd
}

// tail keeps the end of what is written.
type tail struct{ buf *bytes.Buffer }

// maxSaid is how much of a program's complaints is kept.
const maxSaid = 1 << 16

// Write keeps the end of what it is given.
func (t *tail) Write(b []byte) (int, error) {
	t.buf.Write(b)
	if over := t.buf.Len() - maxSaid; over > 0 {
		t.buf.Next(over)
	}
	return len(b), nil
}

// lastLine returns the last line that is not empty.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
