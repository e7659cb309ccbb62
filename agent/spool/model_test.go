package spool

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
)

// sectors are what disks write whole or not at all: older and smaller ones, and flash with
// large pages.
var sectors = []int64{512, 4096}

// crashModel knows what is on the disk for certain, and what only may be. What
// may be is free in the widest sense: of the changes since the last sync, each
// sector, the size of each file and each name in a folder has its own point in
// time at which the power went for it.
type crashModel struct {
	files   map[int]*modelFile
	names   map[string]int  // durable: to which file a path leads
	folders map[string]bool // durable
	pending map[string][]change
	sector  int64 // one of sectors
}

// modelFile is one file of the model.
type modelFile struct {
	durable []byte
	pending []change // write and cut, since the last sync
}

// newCrashModel begins with everything that is on d being durable.
func newCrashModel(d *fakeDisk, sector int64) *crashModel {
	m := &crashModel{
		sector: sector,
		files:  map[int]*modelFile{}, names: map[string]int{},
		folders: maps.Clone(d.folders), pending: map[string][]change{},
	}
	for path, f := range d.names {
		m.files[f.id] = &modelFile{durable: slices.Clone(f.content)}
		m.names[path] = f.id
	}
	return m
}

// apply follows one change.
func (m *crashModel) apply(c change) {
	switch c.kind {
	case write, cut:
		m.files[c.file].pending = append(m.files[c.file].pending, c)
	case syncFile:
		f := m.files[c.file]
		for _, p := range f.pending {
			f.durable = follow(f.durable, p)
		}
		f.pending = nil
	case create:
		m.files[c.file] = &modelFile{}
		m.pending[c.path] = append(m.pending[c.path], c)
	case mkdir, remove:
		m.pending[c.path] = append(m.pending[c.path], c)
	case syncFolder:
		for _, path := range slices.Sorted(maps.Keys(m.pending)) {
			if filepath.Dir(path) == c.path {
				m.rename(m.names, m.folders, m.pending[path])
				delete(m.pending, path)
			}
		}
	}
}

// follow returns the content of a file after a change of it.
func follow(b []byte, c change) []byte {
	if c.kind == cut {
		return resize(b, c.at)
	}
	b = resize(b, max(int64(len(b)), c.at+int64(len(c.bytes))))
	copy(b[c.at:], c.bytes)
	return b
}

// rename follows changes of one name.
func (m *crashModel) rename(names map[string]int, folders map[string]bool, changes []change) {
	for _, c := range changes {
		switch c.kind {
		case create:
			names[c.path] = c.file
		case mkdir:
			folders[c.path] = true
		default:
			delete(names, c.path)
		}
	}
}

// crash returns a disk as it may be found after the power went. Of how many of n
// changes in a row are on the disk, upTo decides.
func (m *crashModel) crash(upTo func(n int) int) *fakeDisk {
	names, folders := maps.Clone(m.names), maps.Clone(m.folders)
	for _, path := range slices.Sorted(maps.Keys(m.pending)) {
		changes := m.pending[path]
		m.rename(names, folders, changes[:upTo(len(changes))])
	}
	d := newFakeDisk()
	for folder := range folders {
		if reachable(folder, folders) {
			d.folders[folder] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(names)) {
		if d.folders[filepath.Dir(path)] {
			d.put(path, m.files[names[path]].crash(m.sector, upTo))
		}
	}
	return d
}

func reachable(folder string, folders map[string]bool) bool {
	for ; folder != "/"; folder = filepath.Dir(folder) {
		if !folders[folder] {
			return false
		}
	}
	return true
}

// crash returns what may be found in the file.
func (f *modelFile) crash(sector int64, upTo func(n int) int) []byte {
	size := int64(len(f.durable))
	longest := size
	for i, n := 0, upTo(len(f.pending)); i < len(f.pending); i++ {
		c := f.pending[i]
		end := max(size, c.at+int64(len(c.bytes)))
		if c.kind == cut {
			end = c.at
		}
		if i < n {
			size = end
		}
		longest = max(longest, end)
	}
	b := resize(slices.Clone(f.durable), longest)
	until := map[int64]int{} // by sector, how many changes are on the disk
	for i, c := range f.pending {
		for j := 0; j < len(c.bytes); {
			at := c.at + int64(j)
			s := at / sector
			if _, known := until[s]; !known {
				until[s] = upTo(len(f.pending))
			}
			n := min(len(c.bytes)-j, int((s+1)*sector-at))
			if i < until[s] {
				copy(b[at:], c.bytes[j:j+n])
			}
			j += n
		}
	}
	return b[:size]
}

// ways returns ways in which the power may go: nothing of what was not synced
// is there, all of it, a part in the order in which it was written, or any.
func ways(r *rand.Rand) func(n int) int {
	switch part := r.Float64(); r.IntN(6) {
	case 0:
		return func(int) int { return 0 }
	case 1:
		return func(n int) int { return n }
	case 2:
		return func(n int) int { return int(part * float64(n+1)) }
	case 3: // all or nothing for each
		return func(n int) int { return n * r.IntN(2) }
	default:
		return func(n int) int { return r.IntN(n + 1) }
	}
}
