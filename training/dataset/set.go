package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Label says what a clip holds.
type Label string

// Labels; they are also the names of the folders.
const (
	Normal   Label = "normal"
	Abnormal Label = "abnormal"
)

// Clip is one recording.
type Clip struct {
	Path  string // to open it
	Name  string // relative to the set's folder, with slashes
	Label Label
	hash  [sha256.Size]byte
}

// Hash returns the SHA-256 of the file as it was when the set was opened, in
// hexadecimal.
func (c Clip) Hash() string { return hex.EncodeToString(c.hash[:]) }

// NormalClips are clips of normal sound. The zero value holds none.
type NormalClips struct {
	clips []Clip
}

// Len returns the number of clips.
func (n NormalClips) Len() int { return len(n.clips) }

// Clips returns a copy of the clips.
func (n NormalClips) Clips() []Clip { return slices.Clone(n.clips) }

// Hash returns the content hash over names and contents, in hexadecimal.
func (n NormalClips) Hash() string { return hash(n.clips) }

// Set is a folder of clips.
type Set struct {
	dir      string
	normal   []Clip
	abnormal []Clip
	warnings []string
}

// Limits of a folder.
const (
	maxClips = 100000
	maxDepth = 64
)

// Open lists the clips under dir and reads each once for its hash.
func Open(dir string) (*Set, error) {
	s := &Set{dir: dir}
	for _, label := range []Label{Normal, Abnormal} {
		root := filepath.Join(dir, string(label))
		info, err := os.Stat(root)
		switch {
		case errors.Is(err, fs.ErrNotExist) && label == Abnormal:
			continue
		case errors.Is(err, fs.ErrNotExist):
			if _, missing := os.Stat(dir); missing != nil {
				return nil, fmt.Errorf("dataset: %w", missing)
			}
			return nil, fmt.Errorf("dataset: %s has no folder normal/: put the recordings of normal sound there", dir)
		case err != nil:
			return nil, fmt.Errorf("dataset: %w", err)
		case !info.IsDir():
			return nil, fmt.Errorf("dataset: %s is not a folder", root)
		}
		clips, err := s.walk(root, label)
		if err != nil {
			return nil, err
		}
		if label == Normal {
			s.normal = clips
		} else {
			s.abnormal = clips
		}
	}
	if len(s.normal) == 0 {
		return nil, fmt.Errorf("dataset: no WAV file under %s", filepath.Join(dir, string(Normal)))
	}
	s.findDuplicates()
	return s, nil
}

// walk lists the clips under root.
func (s *Set) walk(root string, label Label) ([]Clip, error) {
	var clips []Clip
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == root {
				return err
			}
			s.warn("%s: left out: %v", s.name(path), err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		hidden := rel != "." && strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			switch {
			case hidden:
				return fs.SkipDir
			case strings.Count(rel, string(filepath.Separator)) >= maxDepth:
				s.warn("%s: left out: deeper than %d folders", s.name(path), maxDepth)
				return fs.SkipDir
			}
			return nil
		}
		isWAV := strings.EqualFold(filepath.Ext(path), ".wav")
		if hidden || !isWAV && d.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		info, err := os.Stat(path) // follows a link
		switch {
		case err != nil:
			if isWAV {
				s.warn("%s: left out: %v", s.name(path), err)
			}
			return nil
		case info.IsDir():
			s.warn("%s: left out: a link to a folder", s.name(path))
			return nil
		case !isWAV:
			return nil
		case !info.Mode().IsRegular():
			s.warn("%s: left out: not a regular file", s.name(path))
			return nil
		}
		c := Clip{Path: path, Name: s.name(path), Label: label}
		if c.hash, err = hashFile(path); err != nil {
			s.warn("%s: left out: %v", c.Name, err)
			return nil
		}
		if len(clips) == maxClips {
			return fmt.Errorf("more than %d clips", maxClips)
		}
		clips = append(clips, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", root, err)
	}
	// WalkDir sorts within a folder; names with a slash sort otherwise.
	slices.SortFunc(clips, func(a, b Clip) int { return strings.Compare(a.Name, b.Name) })
	return clips, nil
}

// name returns path relative to the set's folder, with slashes.
func (s *Set) name(path string) string {
	rel, err := filepath.Rel(s.dir, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func (s *Set) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// findDuplicates warns of clips with equal contents. The same sound on both
// sides of a split makes a result look better than it is; under both labels it
// contradicts itself.
func (s *Set) findDuplicates() {
	first := map[[sha256.Size]byte]Clip{}
	for _, c := range slices.Concat(s.normal, s.abnormal) {
		if other, ok := first[c.hash]; ok {
			note := ""
			if other.Label != c.Label {
				note = ": one of the labels is wrong"
			}
			s.warn("%s has the same content as %s%s", c.Name, other.Name, note)
			continue
		}
		first[c.hash] = c
	}
}

func hashFile(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

func hash(clips []Clip) string {
	h := sha256.New()
	for _, c := range clips {
		h.Write([]byte(c.Name + "\x00"))
		h.Write(c.hash[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Dir returns the folder.
func (s *Set) Dir() string { return s.dir }

// Normal returns the clips that may be learned from.
func (s *Set) Normal() NormalClips { return NormalClips{slices.Clone(s.normal)} }

// Clips returns all clips, for judging: the normal ones first, each label
// sorted by name.
func (s *Set) Clips() []Clip { return slices.Concat(s.normal, s.abnormal) }

// Hash returns the content hash over all clips, in hexadecimal.
func (s *Set) Hash() string { return hash(s.Clips()) }

// Warnings returns what was left out and which clips are duplicates, one line
// each.
func (s *Set) Warnings() []string { return slices.Clone(s.warnings) }
