package dataset

import (
	"archive/zip"

	"github.com/auscult/auscult/training/recording/table"
)

// kind is what many clips of a set have in common: of a hundred thousand clips it is kept but once.
type kind struct {
	dir    string         // the set's folder or archive
	tables *table.Options // what is known of tables; nil: nothing
	label  Label

	// What a published data set says of the clip; empty where it says nothing.
	split      string // trainSplit or testSplit; also where TestShare made it
	domain     string
	attributes string // as the file's name has them
}

// kinds are those of a set.
type kinds map[kind]*kind

// of returns the one that is like k.
func (s kinds) of(k kind) *kind {
	if s[k] == nil {
		s[k] = &k
	}
	return s[k]
}

// label says what a clip holds.
func (s kinds) label(c *Clip, l Label) {
	k := *c.of()
	k.label = l
	c.kind = s.of(k)
}

// split says on which side of a split a clip is.
func (s kinds) split(c *Clip, side string) {
	k := *c.of()
	k.split = side
	c.kind = s.of(k)
}

// of returns the clip's kind, not to be changed.
func (c *Clip) of() *kind {
	if c.kind == nil {
		return &kind{}
	}
	return c.kind
}

// Label returns what the clip holds.
func (c *Clip) Label() Label { return c.of().label }

// Split returns "train" or "test" where the data set, or TestShare, says it, "" otherwise.
func (c *Clip) Split() string { return c.of().split }

// Domain returns "source" or "target" where the data set says it, "" otherwise.
func (c *Clip) Domain() string { return c.of().domain }

// part is where a recording lies and what of it is heard.
type part struct {
	entry   *zip.File // of the archive; nil: a file of the folder
	stretch stretch
	cut     *Cut // of the stretch, where parts are held back; nil: none are
}

// with returns a copy of which only a stretch is heard, or parts of it.
func (c *Clip) with(s stretch, cut *Cut) *Clip {
	own := *c
	own.part = &part{entry: c.entry(), stretch: s, cut: cut}
	return &own
}

func (c *Clip) entry() *zip.File {
	if c.part == nil {
		return nil
	}
	return c.part.entry
}

func (c *Clip) stretch() stretch {
	if c.part == nil {
		return stretch{}
	}
	return c.part.stretch
}

func (c *Clip) cut() *Cut {
	if c.part == nil {
		return nil
	}
	return c.part.cut
}
