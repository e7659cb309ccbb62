package delegate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
)

// Memory is a file of choices, so that a node does not measure again at each start.
type Memory struct {
	Path string
	mu   sync.Mutex
}

// maxMemory bounds the file; maxChoices what it holds.
const (
	maxMemory  = 64 << 10
	maxChoices = 32
)

// choice is what was taken for a model, among what.
type choice struct {
	Model string     `json:"model"` // SHA-256 of its file
	Among string     `json:"among"` // changes when candidates do
	Taken string     `json:"taken"`
	Tried []Measured `json:"tried"`
}

// read returns the choices; none where the file is missing or is not ours.
func (m *Memory) read() []choice {
	info, err := os.Stat(m.Path)
	if err != nil || info.Size() > maxMemory {
		return nil
	}
	text, err := os.ReadFile(m.Path)
	if err != nil {
		return nil
	}
	var all []choice
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all[:min(len(all), maxChoices)]
}

// recall returns the choice for a model among candidates.
func (m *Memory) recall(hash, among string) (choice, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.read() {
		if c.Model == hash && c.Among == among {
			return c, true
		}
	}
	return choice{}, false
}

// keep writes a choice, instead of others for its model.
func (m *Memory) keep(c choice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []choice{c}
	for _, old := range m.read() {
		if old.Model != c.Model && len(all) < maxChoices {
			all = append(all, old)
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(m.Path, 0o640, append(text, '\n'))
}

// among names the candidates by what they are.
func among(candidates []Candidate) string {
	h := sha256.New()
	for _, c := range candidates {
		_, _ = fmt.Fprintf(h, "%s\n%q\n%q\n%s\n%s\n%x\n%d\n", c.Name, c.Command.Path, c.Command.Args, c.Identity, c.Missing,
			sha256.Sum256(c.Model), c.Threads)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// choose returns the candidate to serve, nil for the Go kernels.
func (s *Supervisor) choose(ctx context.Context) (*Candidate, error) {
	all, auto := s.Find()
	if !auto {
		return &all[0], nil
	}
	if s.Memory != nil {
		if c, ok := s.Memory.recall(s.Model.Hash(), among(all)); ok {
			s.Chosen(c.Taken, c.Tried)
			return named(all, c.Taken), nil
		}
	}
	taken, tried, err := Choose(ctx, s.Model, all, s.Limits)
	if err != nil {
		return nil, err
	}
	s.Chosen(taken, tried)
	if s.Memory != nil {
		err := s.Memory.keep(choice{Model: s.Model.Hash(), Among: among(all), Taken: taken, Tried: tried})
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("keep the choice of a backend: %w", err)
		}
	}
	return named(all, taken), nil
}

// named returns the candidate of that name, nil for the Go kernels.
func named(all []Candidate, name string) *Candidate {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// Choose tries all candidates, one after the other, and the Go kernels, and names the fastest. Why others were not
// taken stands in Measured.Missing.
func Choose(ctx context.Context, m *model.Model, candidates []Candidate, l Limits) (taken string, tried []Measured,
	err error,
) {
	kernels, err := Kernels(m)
	if err != nil {
		return "", nil, err
	}
	tried = append(tried, kernels)
	best := kernels
	for i := range candidates {
		h, r, err := Try(ctx, m, &candidates[i], l)
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		if err != nil {
			r.Missing = strings.TrimPrefix(err.Error(), "backend: ")
		} else {
			h.Close()
			if r.Latency < best.Latency {
				best = r
			}
		}
		tried = append(tried, r)
	}
	for i := range tried {
		if tried[i].Missing == "" && tried[i].Name != best.Name {
			tried[i].Missing = fmt.Sprintf("slower than %s", best.Name)
		}
	}
	return best.Name, tried, nil
}
