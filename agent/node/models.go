package node

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/setup"
)

// models loads each model file once, and again when it is replaced.
type models struct {
	mu     sync.Mutex
	loaded map[string]*loadedModel
}

// loadedModel is a model and the file that it was loaded from.
type loadedModel struct {
	*model.Model
	file    os.FileInfo // as it was then
	pending os.FileInfo // another one that was seen since, and not yet looked into
	refused os.FileInfo // the last that cannot be used
}

// load returns the model of a file.
func (m *models) load(path string) (*model.Model, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := m.loaded[path]; found != nil {
		return found.Model, nil
	}
	info, loaded, err := readModel(path)
	if err != nil {
		return nil, err
	}
	if m.loaded == nil {
		m.loaded = make(map[string]*loadedModel)
	}
	m.loaded[path] = &loadedModel{Model: loaded, file: info}
	return loaded, nil
}

// readModel reads a model, which checks itself, and refuses one that is too slow for this machine.
func readModel(path string) (os.FileInfo, *model.Model, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("model: %s is not a regular file", path) // a pipe would be waited at for ever
	}
	loaded, err := model.Load(path)
	if err != nil {
		return info, nil, err
	}
	if err := loaded.Late(); err != nil {
		return info, nil, fmt.Errorf("model: %s: %w", path, err)
	}
	return info, loaded, nil
}

// same reports whether two looks saw the same file, with the same content as far as one can see.
func same(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// errGone says that there is nothing to replace a model by.
var errGone = errors.New("the file is gone: the next start will miss it")

// look returns the model by which the one of a path was replaced, nil for none, or why what
// lies there now cannot be used. A file is looked into once it has stayed the same between
// two looks, unless it is said to be whole; fits says whether the model can be used.
func (m *models) look(path string, whole bool, fits func(*model.Model) error) (changed *model.Model, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.loaded[path]
	if l == nil {
		return nil, nil // its sources try to load it by themselves
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		l.pending, l.refused = nil, nil
		return nil, fmt.Errorf("model: %s: %w", path, errGone)
	case same(info, l.file):
		l.pending, l.refused = nil, nil
		return nil, nil
	case same(info, l.refused):
		return nil, errStands
	case !whole && !same(info, l.pending):
		l.pending = info
		return nil, errStands
	}
	info, loaded, err := readModel(path)
	if err == nil {
		err = fits(loaded)
	}
	if err != nil {
		l.refused = info
		return nil, err
	}
	changed = loaded
	if loaded.Hash() == l.Hash() {
		changed = nil // it was only touched
	}
	*l = loadedModel{Model: loaded, file: info}
	return changed, nil
}

// errStands says that nothing new is known.
var errStands = errors.New("nothing new")

// watchModels takes up models that were replaced on the disk. Those that cannot be used are a
// fault of the sources that listen with them, which go on with what they have.
func (n *Node) watchModels(whole bool) {
	all := n.config.Load()
	users := map[string][]*source{}
	for _, s := range n.list() {
		path := all.ModelOf(s.c.Load())
		users[path] = append(users[path], s)
	}
	for path, sources := range users {
		fits := func(m *model.Model) error {
			for _, s := range sources {
				if _, err := setup.Pipeline(all.Decision.Setup(), s.c.Load().Setup(), m, n.readings); err != nil {
					return fmt.Errorf("it does not serve source %s: %w", s.label, err)
				}
			}
			return nil
		}
		changed, err := n.models.look(path, whole, fits)
		if errors.Is(err, errStands) {
			continue
		}
		if err != nil {
			err = fmt.Errorf("node: the model that was put in place is not used: %w", err)
		}
		for _, s := range sources {
			n.report(fault.ModelRefused, s.label, err)
		}
		if changed != nil {
			n.log.Info("model replaced", "path", path, "model", changed.Settings.Name, "hash", changed.Hash())
			n.renew(sources, pipeline.ErrReplaced, nil)
		}
	}
}
