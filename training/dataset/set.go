package dataset

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/recording/table"
)

// Clip is one recording.
type Clip struct {
	Name string // relative to the set's folder, with slashes

	// RateHz and Duration are what the file's header says; 0 where it does not. A table's
	// rate is that of its column of time, or what the set was told.
	RateHz   int32
	stamp    uint32 // of the file when its hash was taken, see stampOf
	Duration time.Duration

	kind *kind          // shared, not to be changed; nil: the zero value
	told *conditionLine // of the data set's table; shared, not to be changed; nil: none
	take *Clip          // the first of the take; nil: not known yet
	part *part          // of a file; shared, not to be changed; nil: a whole one, in a folder
	hash [sha256.Size]byte
}

// IsTable says whether the clip is a table of accelerations, which has no sample
// rate of its own.
func (c Clip) IsTable() bool { return table.Is(c.Name) || table.MayBe(c.Name) }

// Path returns what names the recording to who opens it.
func (c Clip) Path() string {
	k := c.of()
	switch {
	case c.entry() != nil:
		return k.dir + "!" + c.Name
	case k.dir == "":
		return filepath.FromSlash(c.Name)
	}
	return filepath.Join(k.dir, filepath.FromSlash(c.Name))
}

// Hash returns the SHA-256 of the file as it was when the set was opened, in
// hexadecimal.
func (c Clip) Hash() string { return hex.EncodeToString(c.hash[:]) }

// NormalClips are clips of normal sound. The zero value holds none.
type NormalClips struct {
	clips []*Clip // not to be changed
}

// Len returns the number of clips.
func (n NormalClips) Len() int { return len(n.clips) }

// All goes through the clips, a copy of each, with their numbers.
func (n NormalClips) All() iter.Seq2[int, Clip] {
	return func(yield func(int, Clip) bool) {
		for i, c := range n.clips {
			if !yield(i, *c) {
				return
			}
		}
	}
}

// Clips returns a copy of each clip.
func (n NormalClips) Clips() []*Clip {
	copies := make([]*Clip, 0, len(n.clips))
	for _, c := range n.All() {
		copies = append(copies, &c)
	}
	return copies
}

// Hash returns the content hash over names and contents, in hexadecimal.
func (n NormalClips) Hash() string { return contentHash(n.clips) }

// Set is a folder of clips.
type Set struct {
	dir      string
	layout   Layout
	machine  string
	tables   *table.Options
	kinds    kinds
	normal   []*Clip
	abnormal []*Clip
	grouped  string  // what was found of takes, in words; empty: each clip is one
	dealt    float64 // share of the normal clips kept for testing; 0: none, or the data set's own split
	warnings []string
	unread   unread
	table    *zip.File // ConditionsFile of an archive
	left     []string  // recordings that are no part of the layout
}

// Limits of a folder.
const (
	maxClips = 100000
	maxDepth = 64
)

// Selection says which part of a folder or archive to open.
type Selection struct {
	Layout Layout // "" looks for it
	// Machine is one of several machines, by the folder of its id or section, or
	// the end of that; "" takes the one there is.
	Machine string
	// TestShare is the share of the normal clips, by take, that is kept for testing where
	// there are abnormal clips to test with and the data set makes no split of its own: 0
	// to below 1.
	TestShare float64
	// GroupBy says what tells clips of one take: one of GroupByAll and so on, "" for that, or
	// a regular expression of names.
	GroupBy string
	// Tables says what tables of accelerations do not.
	Tables table.Options
}

// Open lists the clips under dir, or in the zip file dir, and reads each once for
// its hash. The layout is looked for.
func Open(dir string) (*Set, error) { return OpenPart(dir, Selection{}) }

// OpenPart opens one machine's clips.
func OpenPart(dir string, sel Selection) (*Set, error) {
	if _, err := newTakes(0, sel.GroupBy); err != nil {
		return nil, err
	}
	s := &Set{dir: dir, layout: Plain, tables: &sel.Tables, kinds: kinds{}, unread: unread{}}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if err := s.openAny(sel, info); err != nil {
		return nil, err
	}
	prints := s.read()
	s.warnUnread()
	if len(s.normal) == 0 {
		hint := ""
		if len(s.left) > 0 {
			hint = ": " + advice(s.left)
		}
		return nil, fmt.Errorf("dataset: no recording of normal sound under %s%s%s", filepath.Join(dir, s.machine), s.reasons(), hint)
	}
	s.findDuplicates()
	if err := s.readConditions(info.IsDir()); err != nil {
		return nil, err
	}
	if err := s.group(sel.GroupBy, prints); err != nil {
		return nil, err
	}
	if err := s.deal(sel.TestShare); err != nil {
		return nil, err
	}
	s.warnStraddling()
	return s, nil
}

// openAny lists the clips of whatever lies at the set's path.
func (s *Set) openAny(sel Selection, info fs.FileInfo) error {
	if !info.IsDir() {
		if !strings.EqualFold(filepath.Ext(s.dir), ".zip") {
			return fmt.Errorf("dataset: %s is neither a folder nor a zip file", s.dir)
		}
		return s.openPart(sel, true)
	}
	folders, near, err := labelled(s.dir)
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if len(folders[Normal]) > 0 && (sel.Layout == "" || sel.Layout == Plain) && sel.Machine == "" {
		for _, name := range near {
			s.warn("%s/: left out, though it looks like %s/: rename it if it is meant", name, nearLabel(name))
		}
		return s.openPlain(folders)
	}
	if info, err := os.Stat(filepath.Join(s.dir, string(Normal))); err == nil && !info.IsDir() {
		return fmt.Errorf("dataset: %s is not a folder", filepath.Join(s.dir, string(Normal)))
	}
	return s.openPart(sel, false)
}

// openPlain lists the folders of both labels.
func (s *Set) openPlain(folders map[Label][]string) error {
	for _, label := range []Label{Normal, Abnormal} { // in this order, and the warnings too
		var names []string
		for _, name := range folders[label] {
			more, err := s.walk(filepath.Join(s.dir, name))
			if err != nil {
				return err
			}
			names = append(names, more...)
		}
		all := s.clips(names)
		for _, c := range all {
			s.kinds.label(c, label)
		}
		if label == Normal {
			s.normal = all
		} else {
			s.abnormal = all
		}
	}
	return nil
}

// reasons says why clips may be missing, behind an error that says that they are.
func (s *Set) reasons() string {
	if len(s.warnings) == 0 {
		return ""
	}
	text := ": " + s.warnings[0]
	if more := len(s.warnings) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// openPart lists one machine's clips in any layout.
func (s *Set) openPart(sel Selection, archive bool) error {
	clips, err := s.list(archive)
	if err != nil {
		return err
	}
	names := make([]string, len(clips))
	for i, c := range clips {
		names[i] = c.Name
	}
	if len(names) == 0 {
		s.warnUnread()
		return fmt.Errorf(
			"dataset: %s has no recording and no folder normal/: put the recordings of normal sound there%s", s.dir, s.reasons())
	}
	if s.layout, err = detect(names, sel.Layout); err != nil {
		return fmt.Errorf("dataset: %s: %w", s.dir, err)
	}
	places := map[string][]*Clip{}
	for _, c := range clips {
		at, ok := s.layout.locate(c.Name)
		if !ok {
			s.left = append(s.left, c.Name)
			continue
		}
		k := *c.kind
		k.label, k.split, k.domain, k.attributes = at.label, at.split, at.domain, at.attrs
		c.kind = s.kinds.of(k)
		places[at.machine] = append(places[at.machine], c)
	}
	if left := s.left; len(left) > 0 {
		s.warn("%d recordings are no part of the layout %s and were left out, as %s", len(left), s.layout, left[0])
	}
	var folders []string
	if s.machine, folders, err = machineOf(slices.Sorted(maps.Keys(places)), sel.Machine); err != nil {
		return fmt.Errorf("dataset: %s: %w", s.dir, err)
	}
	if s.machine == "" && len(places) > 1 {
		for _, other := range slices.Sorted(maps.Keys(places))[1:] {
			s.warn("%d recordings under %s were left out: they are taken for those of another machine (--machine)",
				len(places[other]), other)
		}
	}
	for _, folder := range folders {
		s.hold(places[folder])
	}
	return nil
}

// list lists all clips, without labels and hashes.
func (s *Set) list(archive bool) ([]*Clip, error) {
	if !archive {
		names, err := s.walk(s.dir)
		return s.clips(names), err
	}
	files, packed, table, err := listArchive(s.dir, s.unread)
	s.table = table
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", s.dir, err)
	}
	for _, how := range slices.Sorted(maps.Keys(packed)) {
		s.warn("%d recordings are %s and were left out: unpack the archive and name the folder", packed[how], how)
	}
	if len(files) > maxClips {
		return nil, fmt.Errorf("dataset: %s: more than %d clips", s.dir, maxClips)
	}
	kind := s.kinds.of(kind{dir: s.dir, tables: s.tables})
	clips := make([]*Clip, 0, len(files))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		clips = append(clips, &Clip{Name: name, part: &part{entry: files[name]}, kind: kind})
	}
	return clips, nil
}

// isRecording says whether a file is a clip, by its name, or, of texts that may be anything, by
// what it begins with.
func isRecording(name string, open recording.Opener) bool {
	if !table.MayBe(name) {
		return recording.Is(name) && filepath.Base(name) != ConditionsFile
	}
	f, err := open()
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // nothing was written
	return table.Looks(f)
}

// clips makes clips of files, sorted by name: a slice of so many that grew would be in memory twice.
func (s *Set) clips(names []string) []*Clip {
	clips := make([]*Clip, len(names))
	kind := s.kinds.of(kind{dir: s.dir, tables: s.tables})
	for i, name := range names {
		clips[i] = &Clip{Name: name, kind: kind}
	}
	// Each folder is sorted; names with a slash sort otherwise.
	slices.SortFunc(clips, func(a, b *Clip) int { return strings.Compare(a.Name, b.Name) })
	return clips
}

// walk lists the names of the clips under root.
func (s *Set) walk(root string) ([]string, error) {
	var names []string
	var pages pages
	// With a separator behind it, a link is followed.
	err := filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if filepath.Clean(path) == filepath.Clean(root) {
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
		switch {
		case hidden && d.IsDir():
			return fs.SkipDir
		case d.IsDir() && strings.Count(rel, string(filepath.Separator)) >= maxDepth:
			s.warn("%s: left out: deeper than %d folders", s.name(path), maxDepth)
			return fs.SkipDir
		case hidden || d.IsDir() || !s.isClip(path, d):
			return nil
		}
		if len(names) == maxClips {
			return fmt.Errorf("more than %d clips", maxClips)
		}
		names = append(names, pages.keep(s.name(path)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", root, err)
	}
	return names, nil
}

// pages keeps texts side by side: one by one, and with the folders that stand before them, a hundred
// thousand names take several times as much.
type pages struct{ now strings.Builder }

const pageBytes = 16 << 10

func (p *pages) keep(text string) string {
	if p.now.Cap()-p.now.Len() < len(text) {
		p.now.Reset() // what it had stays with those who have it
		p.now.Grow(max(pageBytes, len(text)))
	}
	from := p.now.Len()
	p.now.WriteString(text)
	return p.now.String()[from:]
}

// Recordings lists the recordings in a folder, at any depth, in the order of their names (2 before 10), and warns of
// what looks like one and is none, and of what is not known.
func Recordings(dir string) (paths, warnings []string, err error) {
	s := &Set{dir: dir, unread: unread{}}
	names, err := s.walk(dir)
	s.warnUnread()
	slices.SortFunc(names, ByNumber)
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return paths, s.warnings, err
}

func isRegular(path string) bool {
	info, err := os.Stat(path) // follows a link
	return err == nil && info.Mode().IsRegular()
}

// isClip says whether a file is a clip. It warns of one that looks like it and
// cannot be used.
func (s *Set) isClip(path string, d fs.DirEntry) bool {
	// What waits for a writer, as a named pipe, is not looked into.
	looked := d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0 && isRegular(path)
	named := recording.Is(path) && filepath.Base(path) != ConditionsFile
	if looked {
		named = isRecording(path, func() (io.ReadCloser, error) { return os.Open(path) })
	}
	if !named && d.Type()&fs.ModeSymlink == 0 {
		if filepath.Base(path) != ConditionsFile {
			s.unread.add(d.Name())
		}
		return false
	}
	info, err := os.Stat(path) // follows a link
	switch {
	case err != nil && named:
		s.warn("%s: left out: %v", s.name(path), err)
	case err != nil:
	case info.IsDir():
		s.warn("%s: left out: a link to a folder", s.name(path))
	case named && !info.Mode().IsRegular():
		s.warn("%s: left out: not a regular file", s.name(path))
	default:
		return named
	}
	return false
}

// name returns path relative to the set's folder, with slashes.
func (s *Set) name(path string) string {
	if filepath.Separator == '/' { // the name shares the path's memory
		if rel, ok := strings.CutPrefix(path, strings.TrimSuffix(filepath.Clean(s.dir), "/")+"/"); ok &&
			rel != "" && !strings.HasSuffix(rel, "/") {
			return rel
		}
	}
	rel, err := filepath.Rel(s.dir, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func (s *Set) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// warnUnread names the files that are no clips, each kind once.
func (s *Set) warnUnread() {
	if n := s.unread[".zip"]; n > 0 && len(s.Clips()) == 0 {
		s.warn("%d zip files lie in it, which are not looked into: unpack them", n)
		delete(s.unread, ".zip")
	}
	if len(s.unread) > 0 {
		s.warn("not read, since auscult does not know them: %s; convert what is sound to WAV", s.unread)
	}
}

// findDuplicates warns of clips with equal contents. The same sound on both
// sides of a split makes a result look better than it is; under both labels it
// contradicts itself.
func (s *Set) findDuplicates() {
	clips := s.Clips()
	first := firstAlike(clips)
	told, more, contradict := 0, 0, 0
	for i, c := range clips {
		other := clips[first[i]]
		switch {
		case other == c:
			continue
		case other.Label() != c.Label():
			contradict++
		}
		if told == maxTold {
			more++
			continue
		}
		note := ""
		if other.Label() != c.Label() {
			note = ": one of the labels is wrong"
		}
		told++
		s.warn("%s has the same content as %s%s", c.Name, other.Name, note)
	}
	if more > 0 {
		s.warn("%d more clips have the content of others, %d in all under both labels", more, contradict)
	}
}

// firstAlike returns, of each clip, the first that has its contents: itself, or one before it.
func firstAlike(clips []*Clip) []int32 {
	return firsts(len(clips), func(a, b int32) int { return bytes.Compare(clips[a].hash[:], clips[b].hash[:]) })
}

// maxTold is how many of a kind are told of one by one.
const maxTold = 5

func contentHash(clips []*Clip) string {
	h := sha256.New()
	for _, c := range clips {
		h.Write([]byte(c.Name + "\x00"))
		h.Write(c.hash[:])
		if s := c.stretch(); !s.whole() {
			h.Write(fmt.Appendf(nil, "%g-%g\x00", s.from, s.to))
		}
		if cut := c.cut(); cut != nil {
			h.Write(fmt.Appendf(nil, "%v\x00", *cut))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Dir returns the folder.
func (s *Set) Dir() string { return s.dir }

// Tables returns what the set was told of tables.
func (s *Set) Tables() table.Options { return *s.tables }

// Layout returns the layout that the set was found to have.
func (s *Set) Layout() Layout { return s.layout }

// Machine returns the machine whose clips these are, "" in a plain set.
func (s *Set) Machine() string { return s.machine }

// Describe says in a line what was found.
func (s *Set) Describe() string {
	text := fmt.Sprintf("%s: layout %s", s.dir, s.layout)
	if s.machine != "" {
		text += ", machine " + s.machine
	}
	normal := len(s.normal)
	if s.halved() {
		normal--
	}
	text += fmt.Sprintf(", %d normal and %d abnormal clips", normal, len(s.abnormal))
	n := len(s.normal) - s.Kept()
	switch kept := s.Kept(); {
	case kept == 0:
	case s.halved():
		text += fmt.Sprintf("; the last %.0f %% of the normal recording are kept to judge by, less %.0f s after what is learned",
			100*s.dealt, stretchGap.Seconds())
	case s.dealt > 0:
		by := "file"
		if s.grouped != "" {
			by = "take"
		}
		text += fmt.Sprintf("; %d of the normal ones are learned, %d (%.0f %%, by %s) are kept to judge by",
			n, kept, 100*s.dealt, by)
	default:
		text += fmt.Sprintf("; %d of the normal ones are for training", n)
	}
	if s.grouped != "" {
		text += "; " + s.grouped
	}
	return text
}

// Normal returns the clips that may be learned from: where some are for testing, those
// that are for training.
func (s *Set) Normal() NormalClips {
	kept := s.Kept()
	if kept == 0 {
		return NormalClips{slices.Clip(s.normal)} // it is not changed any more
	}
	n := NormalClips{make([]*Clip, 0, len(s.normal)-kept)}
	for _, c := range s.normal {
		if c.Split() != testSplit {
			n.clips = append(n.clips, c)
		}
	}
	return n
}

// Clips returns all clips, for judging: the normal ones first, each label
// sorted by name. They are the set's own, not to be changed.
func (s *Set) Clips() []*Clip { return slices.Concat(s.normal, s.abnormal) }

// Release returns what Clips does and forgets them, so that each one's memory is free when its holder does not need
// it any more.
func (s *Set) Release() []*Clip {
	clips := s.Clips()
	s.normal, s.abnormal = nil, nil
	return clips
}

// Hash returns the content hash over all clips, in hexadecimal.
func (s *Set) Hash() string { return contentHash(s.Clips()) }

// Warnings returns what was left out and which clips are duplicates, one line
// each.
func (s *Set) Warnings() []string { return slices.Clone(s.warnings) }
