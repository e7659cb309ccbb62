package spool

import (
	"errors"
	"fmt"
	"time"
)

// Options bound a Spool.
type Options struct {
	MaxBytes   int64 // size of the file, 256 KiB to 64 MiB; 0 means 16 MiB
	MaxRecords int   // records in the queue, 1 to 1,000,000; 0 means 10,000
	// Now gives the time for the names of copies of damaged blocks; nil means time.Now.
	Now func() time.Time

	disk disk // nil means the operating system's
}

// Limits of Options.
const (
	MinBytes       = 256 << 10
	MaxBytes       = 64 << 20
	MaxRecords     = 1_000_000
	DefaultBytes   = 16 << 20
	DefaultRecords = 10_000
	copiesKept     = 3
	reopenEvery    = 30 * time.Second
	busyEvery      = time.Second  // while another program has the file
	maxFile        = 2 * MaxBytes // a file above it is not ours
)

// ErrNotStored is wrapped by the error of a Put whose record is kept, and will
// be sent, but is not on the disk.
var ErrNotStored = errors.New("spool: record is in memory only")

// ErrClosed is returned by methods of a closed Spool.
var ErrClosed = errors.New("spool: closed")

// ErrForeign is wrapped by Stats.Err, and by what Read returns, when what lies
// at the path is no spool. It is left as it is.
var ErrForeign = errors.New("not a spool: move it away or name another file")

func (o *Options) complete() error {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultBytes
	}
	if o.MaxRecords == 0 {
		o.MaxRecords = DefaultRecords
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.disk == nil {
		o.disk = system{}
	}
	switch {
	case o.MaxBytes < MinBytes || o.MaxBytes > MaxBytes:
		return fmt.Errorf("spool: max_bytes %d: must be %d to %d", o.MaxBytes, MinBytes, MaxBytes)
	case o.MaxRecords < 1 || o.MaxRecords > MaxRecords:
		return fmt.Errorf("spool: max_records %d: must be 1 to %d", o.MaxRecords, MaxRecords)
	}
	return nil
}

// Stats describe a Spool. The counts go on over restarts, except Damaged's and Salvaged's.
type Stats struct {
	Records  int    // in the queue
	Bytes    int64  // that they take
	Dropped  uint64 // records that went because the queue was full
	Salvaged int    // records that were whole in damaged blocks, or in a file that went, since Open
	Damaged  int    // how often damage was found since Open
	InMemory int    // records of the queue that are not on the disk
	LastSeq  uint64 // of the last record
	// Err says why records are in memory only; nil when the disk works.
	Err error
	// DamageErr says what was wrong with the file when damage was last found, or nil.
	DamageErr error
}
