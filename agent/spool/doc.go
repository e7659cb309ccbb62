// Package spool keeps messages on disk until the broker has confirmed them.
//
// # Concepts
//
// A Spool is a bounded queue. Put returns once the record is on the disk; Peek
// shows the oldest record of the highest priority; Remove forgets it, and is
// called only when the broker's PUBACK is there. A record that was sent and not
// removed is sent again after a restart: a receiver may see it twice, with the
// same boot id and sequence number, and never not at all.
//
// When the queue is full, the oldest record of the lowest priority goes, and
// every record that goes is counted, on the disk too.
//
// A Ring is the queue for telemetry: in memory, bounded, the oldest goes first.
//
// # Identity
//
// Every Open draws a new boot id. Sequence numbers rise by one over all
// priorities and go on where they stood at the last start. A record keeps the
// pair that it got from Put for ever, so the pair names it among all records of
// the node even if the file is lost and the count starts anew.
//
// # Formats
//
// A bbolt file with 4096-byte pages, one bucket for each priority, keys of 8
// bytes (big-endian, rising over all priorities: the order of arrival on the
// disk). A value is
//
//	offset  bytes  what (big-endian)
//	0       4      "AuSp"
//	4       1      version, 1
//	5       1      priority
//	6       1      length of the boot id, b
//	7       1      0
//	8       8      sequence number
//	16      8      key
//	24      8      lowest key that was not removed when this was written
//	32      2      length of the topic, t
//	34      4      length of the payload, p
//	38      b+t+p  boot id, topic, payload
//	38+b+t+p  4    CRC-32C of everything before
//
// # Recovery
//
// bbolt's pages carry no checksums, and a damaged one can make it panic or loop.
// So Open reads the file as bytes first and follows every page, element and
// length of it. A file that does not hold together, or holds a record whose
// checksum is wrong, is renamed to PATH.damaged-TIME (the newest three are
// kept), and the records in it that are whole are found by their marks and
// taken over into a new file. Some of them may have been sent before: duplicates
// are allowed, loss is not.
//
// When the file cannot be opened or written, because the disk is full,
// read-only or broken, records stay in memory, Put says so by ErrNotStored, and
// Flush tries again.
//
// # Concurrency
//
// All methods may be called from any goroutine. Put and Remove wait for the
// disk, so they do not belong on the audio path.
//
// # Errors
//
// Open fails only on wrong options. Whatever lies at the path, it returns a
// Spool that works, and Stats says how well.
//
// # Limits
//
// The file never exceeds Options.MaxBytes, and records take at most half of it,
// since bbolt writes changed pages anew before it frees the old ones.
package spool
