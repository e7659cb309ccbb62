package firstboot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/firstboot/imager"
	"github.com/auscult/auscult/agent/smallfile"
)

// ReportFile is what the owner reads on the card.
const ReportFile = "auscult-report.txt"

// Limits of what is taken.
const (
	maxText    = config.MaxFile
	maxModel   = 64 << 20
	maxEntries = 4096 // of the card's folder
)

// Options say where things are.
type Options struct {
	Card string // the FAT partition's folder
	Root string // of the node; "/" but in tests
	// UID and GID are the service's; files that it alone may read are theirs.
	UID, GID int
	// Writable is called before the first change on the card, and its result after the last.
	Writable func() (done func() error, err error)
	// SetHostname changes the running system's name; nil: only its file.
	SetHostname func(string) error
}

// Outcome is what became of one file.
type Outcome struct {
	File  string `json:"file"`
	Sum   string `json:"sum"` // SHA-256 of what was looked at
	Text  string `json:"text"`
	But   string `json:"but,omitempty"` // what the file asks for and does not get here
	Wrong bool   `json:"wrong"`
}

// state is what is remembered from boot to boot.
type state struct {
	Serial   string             `json:"serial"`
	Outcomes map[string]Outcome `json:"outcomes"`
}

// setup is one run.
type setup struct {
	o       Options
	state   state
	changed bool     // the state
	secrets []string // files on the card that were taken and go
	news    []string // what happened besides files
}

// item is a kind of file that is taken up.
type item struct {
	matches func(name string) bool
	secret  bool
	limit   int64
	take    func(s *setup, name string, data []byte) (text string, err error)
	// More than take's text, where there is more to say.
	takeSome func(s *setup, name string, data []byte) (text, but string, err error)
}

func named(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, strings.ToLower(name)) }
}

var isKeys = named("authorized_keys.txt", "authorized_keys")

// items are in the order in which they are taken: what another may refer to comes first, and what
// is ours after what was meant for others.
var items = []item{
	{matches: imager.Known, secret: true, limit: maxText, takeSome: (*setup).takeWishes},
	{matches: isSecret, secret: true, limit: maxText, take: (*setup).takeSecret},
	{matches: isCertificate, limit: maxText, take: (*setup).takeSecret},
	{matches: isModel, limit: maxModel, take: (*setup).takeModel},
	{matches: named("auscult.toml"), limit: maxText, take: (*setup).takeConfig},
	{matches: named("network.txt"), limit: maxText, take: (*setup).takeNetwork},
	{matches: named("wifi.txt"), secret: true, limit: maxText, take: (*setup).takeWifi},
	{matches: isKeys, limit: maxText, take: (*setup).takeKeys},
}

// errNothing says that a file holds comments only.
var errNothing = errors.New("nothing is set in it")

// Apply takes up what is new on the card and reports it there. It returns what became of each
// file that is there, in the order of names.
func Apply(o Options) ([]Outcome, error) {
	s := &setup{o: o}
	s.load()
	if err := s.identity(); err != nil {
		return nil, err
	}
	names, err := list(o.Card)
	if err != nil {
		return nil, fmt.Errorf("firstboot: %w", err)
	}
	for _, it := range items {
		for _, name := range names {
			if it.matches(name) {
				if err := s.consider(it, name); err != nil {
					return nil, err
				}
			}
		}
	}
	s.forget(names)
	outcomes := s.outcomes()
	if err := s.save(); err != nil {
		return outcomes, err
	}
	return outcomes, s.answer(outcomes)
}

// list returns the names in the card's folder, less those that PCs leave beside files.
func list(folder string) ([]string, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	names, err := f.Readdirnames(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, ".") }), nil
}

// consider takes a file unless it was taken before.
func (s *setup) consider(it item, name string) error {
	data, err := smallfile.Read(filepath.Join(s.o.Card, name), it.limit)
	sum := sha256.Sum256(data)
	out := Outcome{File: name, Sum: hex.EncodeToString(sum[:])}
	if err != nil {
		out.Sum, out.Text, out.Wrong = "", plain(s.o.Card, err), true
		s.note(out)
		return nil
	}
	if known, ok := s.state.Outcomes[name]; ok && known.Sum == out.Sum {
		// Taken before, and the power went before it was removed here.
		if it.secret && !known.Wrong && known.Text != "" {
			s.secrets = append(s.secrets, name)
		}
		return nil
	}
	if it.limit == maxText {
		if data, err = text(data); err != nil {
			out.Text, out.Wrong = err.Error(), true
			s.note(out)
			return nil
		}
	}
	if it.takeSome != nil {
		out.Text, out.But, err = it.takeSome(s, name, data)
	} else {
		out.Text, err = it.take(s, name, data)
	}
	var broken *os.PathError
	switch {
	case errors.Is(err, errNothing):
		out.Text = ""
	case errors.As(err, &broken) && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("firstboot: %s: %w", name, err) // the node's own disk
	case err != nil:
		out.Text, out.Wrong = plain(s.o.Card, err), true
	case it.secret:
		s.secrets = append(s.secrets, name)
	}
	s.note(out)
	return nil
}

// plain leaves out of an error what means nothing to who reads the card.
func plain(card string, err error) string {
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), card+"/", ""), "config: ")
}

func (s *setup) note(out Outcome) {
	if s.state.Outcomes[out.File] != out {
		s.state.Outcomes[out.File] = out
		s.changed = true
	}
}

// forget drops files that are gone, so that one which comes again is taken again. Secrets that
// were taken are gone by our own doing: what became of them stays.
func (s *setup) forget(names []string) {
	for name, out := range s.state.Outcomes {
		if !slices.Contains(names, name) && (out.Wrong || !removed(name)) {
			delete(s.state.Outcomes, name)
			s.changed = true
		}
	}
}

// removed reports whether a file of this name goes from the card when it was taken.
func removed(name string) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.secret && it.matches(name) })
}

func (s *setup) outcomes() []Outcome {
	var all []Outcome
	for _, name := range slices.Sorted(maps.Keys(s.state.Outcomes)) {
		all = append(all, s.state.Outcomes[name])
	}
	return all
}

func (s *setup) path(parts ...string) string {
	return filepath.Join(append([]string{s.o.Root}, parts...)...)
}

// stateFile remembers what was taken. Beside the configuration: on another card it is nobody's.
const stateFile = "etc/auscult/firstboot.json"

func (s *setup) load() {
	data, err := smallfile.Read(s.path(stateFile), 1<<20)
	if err != nil || json.Unmarshal(data, &s.state) != nil {
		s.state = state{} // everything is taken once more
	}
	if s.state.Outcomes == nil {
		s.state.Outcomes = make(map[string]Outcome)
	}
}

func (s *setup) save() error {
	if !s.changed {
		return nil
	}
	data, err := json.MarshalIndent(s.state, "", "\t")
	if err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	return s.write(stateFile, 0o600, append(data, '\n'))
}

// write replaces a file of the node.
func (s *setup) write(name string, mode os.FileMode, data []byte) error {
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil // a card wears by what is written
	}
	if err := atomicfile.WriteBytes(path, mode, data); err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	return nil
}

// give makes a file the service's.
func (s *setup) give(name string) error {
	if err := os.Chown(s.path(name), s.o.UID, s.o.GID); err != nil {
		return fmt.Errorf("firstboot: %w", err)
	}
	return nil
}
