package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// store is the file under a Spool.
type store struct {
	path string
	o    Options
	db   *bolt.DB
}

// errDamaged marks errors after which the file must be put aside.
var errDamaged = errors.New("damaged")

var (
	metaBucket = []byte("meta")
	lastKey    = []byte("last")    // highest key ever used, and highest sequence number
	droppedKey = []byte("dropped") // records that went because the queue was full
)

// counters are kept in the meta bucket.
type counters struct {
	lastKey, lastSeq, dropped uint64
}

// guard turns a panic or a memory fault of bbolt (a page that cannot be read is
// a fault, since the file is mapped) into an error.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return fn()
}

// openStore opens the file, or makes it. An error that wraps errDamaged means
// that it must be put aside.
func openStore(path string, o Options) (*store, []Record, counters, error) {
	var c counters
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, nil, c, err
	}
	s := &store{path: path, o: o}
	if err := s.verify(); err != nil {
		return nil, nil, c, err
	}
	err := guard(func() error {
		db, err := bolt.Open(path, 0o640, &bolt.Options{
			Timeout:      lockWait,
			PageSize:     pageBytes,
			MaxSize:      int(o.MaxBytes),
			FreelistType: bolt.FreelistMapType,
			NoStatistics: true,
		})
		if err != nil {
			return err
		}
		db.AllocSize = 64 << 10
		s.db = db
		return nil
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, nil, c, fmt.Errorf("%s is in use by another program", path)
	}
	if errors.Is(err, berrors.ErrInvalid) || errors.Is(err, berrors.ErrVersionMismatch) || errors.Is(err, berrors.ErrChecksum) {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		return nil, nil, c, err
	}
	records, c, err := s.load()
	if err != nil {
		s.close()
		return nil, nil, c, err
	}
	return s, records, c, nil
}

// verify reads the file as bytes, if there is one, and follows its pages.
func (s *store) verify() error {
	b, err := readFile(s.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(b) == 0:
		return nil
	}
	if err := verify(b); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// readFile returns the bytes of a regular file, or an error that wraps
// errDamaged when it is none or too large to be ours.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: not a regular file", errDamaged)
	case info.Size() > maxVerifiedFile:
		return nil, fmt.Errorf("%w: %d bytes are more than any queue has", errDamaged, info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, info.Size())
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return b[:n], nil
}

// load returns all records by rising key, and the counters.
func (s *store) load() (records []Record, c counters, err error) {
	err = guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			if m := tx.Bucket(metaBucket); m != nil {
				if v := m.Get(lastKey); len(v) == 16 {
					c.lastKey, c.lastSeq = binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])
				}
				if v := m.Get(droppedKey); len(v) == 8 {
					c.dropped = binary.BigEndian.Uint64(v)
				}
			}
			for p := range priorities {
				b := tx.Bucket([]byte(p.String()))
				if b == nil {
					continue
				}
				if err := b.ForEach(func(k, v []byte) error {
					r, _, n, err := decode(v)
					if err != nil || n != len(v) || r.Priority != p || len(k) != 8 || binary.BigEndian.Uint64(k) != r.key {
						return fmt.Errorf("%w: a record is not whole", errDamaged)
					}
					if len(records) >= MaxRecords {
						return fmt.Errorf("%w: more than %d records", errDamaged, MaxRecords)
					}
					records = append(records, r)
					c.lastKey, c.lastSeq = max(c.lastKey, r.key), max(c.lastSeq, r.Seq)
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
	})
	slices.SortStableFunc(records, func(x, y Record) int {
		if x.key < y.key {
			return -1
		}
		return 1
	})
	return records, c, err
}

// change removes and adds records in one transaction that is on the disk when
// it returns.
func (s *store) change(remove []*Record, add []*Record, floor uint64, c counters) error {
	return guard(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			for _, r := range remove {
				if b := tx.Bucket([]byte(r.Priority.String())); b != nil {
					if err := b.Delete(keyBytes(r.key)); err != nil {
						return err
					}
				}
			}
			for _, r := range add {
				b, err := tx.CreateBucketIfNotExists([]byte(r.Priority.String()))
				if err != nil {
					return err
				}
				b.FillPercent = 0.9 // keys only rise
				if err := b.Put(keyBytes(r.key), encode(r, floor)); err != nil {
					return err
				}
			}
			m, err := tx.CreateBucketIfNotExists(metaBucket)
			if err != nil {
				return err
			}
			last := binary.BigEndian.AppendUint64(keyBytes(c.lastKey), c.lastSeq)
			if err := m.Put(lastKey, last); err != nil {
				return err
			}
			return m.Put(droppedKey, keyBytes(c.dropped))
		})
	})
}

// get returns the record with the key.
func (s *store) get(p Priority, key uint64) (r Record, err error) {
	err = guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(p.String()))
			if b == nil {
				return fmt.Errorf("%w: bucket %s is gone", errDamaged, p)
			}
			var err error
			if r, _, _, err = decode(b.Get(keyBytes(key))); err != nil || r.key != key {
				return fmt.Errorf("%w: record %d is not whole", errDamaged, key)
			}
			return nil
		})
	})
	return r, err
}

// close closes the file, and gives up after a second: a damaged database may
// hold its locks.
func (s *store) close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = guard(s.db.Close)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

// putAside renames the file, keeps only the newest of such files, and returns
// the whole records that were in it.
func putAside(path string, now time.Time) ([]Record, error) {
	// An error only means that there is nothing to save.
	b, _ := readFile(path)
	records := salvage(b)
	if err := os.Rename(path, path+".damaged-"+now.UTC().Format("20060102T150405.000000000Z")); err != nil {
		return records, err
	}
	old, err := filepath.Glob(globEscape(path) + ".damaged-*")
	if err != nil {
		return records, nil // the pattern is escaped; nothing else can be wrong
	}
	slices.Sort(old)
	for len(old) > damagedKept {
		if err := os.RemoveAll(old[0]); err != nil {
			return records, err
		}
		old = old[1:]
	}
	return records, nil
}

// globEscape returns path as a pattern that matches itself only.
func globEscape(path string) string {
	var b []byte
	for i := range len(path) {
		switch path[i] {
		case '*', '?', '[', '\\':
			b = append(b, '\\')
		}
		b = append(b, path[i])
	}
	return string(b)
}

func keyBytes(k uint64) []byte { return binary.BigEndian.AppendUint64(nil, k) }
