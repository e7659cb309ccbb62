package firstboot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// answer removes secrets that were taken and brings the report up to date. A card that is as it
// should be is not written to.
func (s *setup) answer(outcomes []Outcome) error {
	report := s.report(outcomes)
	path := filepath.Join(s.o.Card, ReportFile)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, report) && len(s.secrets) == 0 {
		return nil
	}
	done := func() error { return nil }
	if s.o.Writable != nil {
		var err error
		if done, err = s.o.Writable(); err != nil {
			return fmt.Errorf("firstboot: the card cannot be written to: %w", err)
		}
	}
	var err error
	for _, name := range s.secrets {
		err = errors.Join(err, os.Remove(filepath.Join(s.o.Card, name)))
	}
	err = errors.Join(err, os.WriteFile(path, report, 0o644), flush(path), done())
	if err != nil {
		return fmt.Errorf("firstboot: report: %w", err)
	}
	return nil
}

// flush brings a file and its folder to the disk.
func flush(path string) error {
	var all error
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		all = errors.Join(all, f.Sync(), f.Close())
	}
	return all
}

// report is what the owner reads, with line ends that every editor shows.
func (s *setup) report(outcomes []Outcome) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	wrong, but := 0, 0
	for _, o := range outcomes {
		if o.Wrong {
			wrong++
		} else if o.But != "" {
			but++
		}
	}
	switch {
	case wrong == 0 && but > 0:
		line("All is well, but for what stands behind NOT: it cannot be had on this node.")
	case wrong == 0:
		line("All is well: everything on this card was taken up, or there was nothing to take up.")
	case wrong == 1:
		line("ONE FILE ON THIS CARD IS WRONG. The node runs without it. Mend it here and start the node again.")
	default:
		line("%d FILES ON THIS CARD ARE WRONG. The node runs without them. Mend them here and start the node again.", wrong)
	}
	line("")
	for _, o := range outcomes {
		switch {
		case o.Wrong:
			line("WRONG  %s: %s", o.File, o.Text)
		case o.Text == "":
			line("empty  %s: nothing is set in it", o.File)
		default:
			line("taken  %s: %s", o.File, o.Text)
		}
		if o.But != "" {
			line("NOT    %s: %s", o.File, o.But)
		}
	}
	for _, text := range s.news {
		line("note   %s", text)
	}
	return []byte(b.String())
}
