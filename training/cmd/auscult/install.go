package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/tflite"
)

type installCommand struct {
	Model string `arg:"" type:"path" help:"The model, as 'auscult train' wrote it."`

	Config  string `type:"path" default:"/etc/auscult/auscultd.toml" placeholder:"FILE" help:"The node's configuration, which says where the model belongs. (${default})"`
	Source  string `placeholder:"NAME" help:"The source that it is for, where sources have models of their own. (all that listen with the common one)"`
	NoStart bool   `help:"Leave the service as it is."`
	JSON    bool   `name:"json" help:"Print the summary as JSON."`
	Root    string `type:"path" default:"/" hidden:"" help:"Where /run is."`
}

// Help shows a use.
func (installCommand) Help() string {
	return `Puts a model where this node's configuration says, once it has passed the node's own checks: whole,
its golden pair computed to the last bit, and fit for the sources that it is for. The model before it is
kept beside it, named .previous.tflite; installing that goes back. Then the service is started, and starts
at every boot; one that runs reads its configuration and the model again, without a gap elsewhere.

Example:
  sudo auscult install pump-7.tflite
  sudo auscult install --source bearing bearing.tflite
  sudo auscult install /var/lib/auscult/model.previous.tflite`
}

// installSummary is what the command prints as JSON.
type installSummary struct {
	Model    string   `json:"model"` // its name
	SHA256   string   `json:"sha256"`
	File     string   `json:"file"`               // where it lies now
	Previous string   `json:"previous,omitempty"` // where the one before is kept
	Sources  []string `json:"sources"`            // that listen with it
	Service  service  `json:"service"`
	Status   string   `json:"status,omitempty"` // what the service says of itself
}

// service is what became of the daemon.
type service string

const (
	started  service = "started"
	reloaded service = "reloaded"
	left     service = "left" // as it is: --no-start
	none     service = "none" // there is no systemd, or no unit
)

// Run puts the model in place.
func (c *installCommand) Run(ctx context.Context, std streams) error {
	sum, err := c.install(ctx)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	if c.JSON {
		return printJSON(std.out, sum)
	}
	return sum.print(std.out)
}

func (c *installCommand) install(ctx context.Context) (*installSummary, error) {
	data, err := tflite.ReadFile(c.Model)
	if err != nil {
		return nil, err
	}
	m, err := model.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Model, err)
	}
	settings, err := config.Load(c.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: sudo auscult init makes this machine a node, --config names another file", c.Config)
	}
	if err != nil {
		return nil, err
	}
	sum := &installSummary{Model: m.Settings.Name, SHA256: m.Hash(), Service: left}
	if sum.File, sum.Sources, err = c.place(&settings); err != nil {
		return nil, err
	}
	if err := serves(m, &settings, sum.Sources); err != nil {
		return nil, err
	}
	if sum.Previous, err = putModel(sum.File, data); err != nil {
		return nil, err
	}
	if !c.NoStart {
		if sum.Service, sum.Status, err = guard(ctx, c.Root); err != nil {
			return nil, fmt.Errorf("%s is in place, but %w", sum.File, err)
		}
	}
	return sum, nil
}

// place returns where the model belongs, and which sources listen with what lies there.
func (c *installCommand) place(settings *config.Config) (path string, users []string, err error) {
	path = settings.Model
	if c.Source != "" {
		s, err := settings.Find(c.Source)
		if err != nil {
			return "", nil, err
		}
		path = settings.ModelOf(s)
	}
	paths := make([]string, len(settings.Sources))
	for i := range settings.Sources {
		s := &settings.Sources[i]
		if paths[i] = settings.ModelOf(s); paths[i] == path {
			users = append(users, s.Name)
		}
	}
	switch {
	case len(paths) == 0:
		return "", nil, fmt.Errorf("%s has no source that could listen with it: sudo auscult init adds one", c.Config)
	case len(users) == 0 && !slices.ContainsFunc(paths, func(p string) bool { return p != paths[0] }):
		return paths[0], []string{settings.Sources[0].Name}, nil // the only place that is used
	case len(users) == 0:
		return "", nil, errors.New("each source has a model of its own: say by --source which this one is for")
	}
	return path, users, nil
}

// serves says why a source could not listen with a model.
func serves(m *model.Model, settings *config.Config, users []string) error {
	nothing := condition.NewReadings(time.Now, func() bool { return false }, nil)
	for i := range settings.Sources {
		s := &settings.Sources[i]
		if !slices.Contains(users, s.Name) {
			continue
		}
		if _, err := setup.Pipeline(settings.Decision.Setup(), s.Setup(), m, nothing); err != nil {
			return fmt.Errorf("the model does not serve source %s: %w", s.Name, err)
		}
	}
	return nil
}

// putModel writes a model and keeps what was there beside it. Both are there whole at any time.
func putModel(path string, data []byte) (previous string, err error) {
	switch info, err := os.Stat(filepath.Dir(path)); {
	case err != nil:
		return "", fmt.Errorf("%w: make the folder, or name another in the configuration", err)
	case !info.IsDir():
		return "", fmt.Errorf("%s is a file, not a folder", filepath.Dir(path))
	}
	old, err := tflite.ReadFile(path)
	if err == nil && string(old) != string(data) {
		previous = strings.TrimSuffix(path, ".tflite") + ".previous.tflite"
		err = atomicfile.WriteBytes(previous, 0o644, old)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		// Everybody may read it: the service does under its own user.
		err = atomicfile.WriteBytes(path, 0o644, data)
	}
	if errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("%w: run it with sudo", err)
	}
	return previous, err
}

// unit is the daemon's.
const unit = "auscultd.service"

// guard has the service manager start the daemon, or tell the one that runs, and returns what it says of itself.
func guard(ctx context.Context, root string) (did service, status string, err error) {
	if _, err := os.Stat(filepath.Join(root, "run/systemd/system")); err != nil {
		return none, "", nil
	}
	manage := func(args ...string) (string, error) {
		said, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput()
		text := strings.TrimSpace(string(said))
		if err != nil && ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return text, fmt.Errorf("systemctl %s: %s (%w): journalctl -u auscultd says why",
				strings.Join(args, " "), strings.ReplaceAll(text, "\n", "; "), err)
		}
		return text, nil
	}
	switch loaded, err := manage("show", "--property=LoadState", "--value", unit); {
	case err != nil:
		return none, "", err
	case loaded != "loaded":
		return none, "", nil
	}
	did = reloaded
	if _, idle := manage("is-active", unit); idle == nil {
		_, err = manage("reload", unit)
	} else {
		did = started
		_, err = manage("enable", "--now", unit)
	}
	if err != nil {
		return did, "", err
	}
	status, err = manage("show", "--property=StatusText", "--value", unit)
	return did, status, err
}

func (s *installSummary) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s, for %s\n", s.File, s.Model, strings.Join(s.Sources, ", "))
	if s.Previous != "" {
		fmt.Fprintf(w, "the model before it is kept: %s\n", s.Previous)
	}
	switch s.Service {
	case started:
		fmt.Fprintf(w, "auscultd was started, and starts at every boot\n")
	case reloaded:
		fmt.Fprintf(w, "auscultd runs, and takes it up\n")
	case none:
		fmt.Fprintf(w, "there is no service here to start: auscultd --config FILE runs the daemon\n")
	case left:
	}
	if s.Status != "" {
		fmt.Fprintf(w, "it says: %s\n", clean(s.Status))
	}
	_, err := fmt.Fprintf(w, "next: auscult doctor --listen 0s\n")
	return err
}
