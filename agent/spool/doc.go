// Package spool keeps messages on disk until the broker has confirmed them.
//
// # Concepts
//
// A Spool is a bounded queue. Put returns once the record is on the disk; Next
// shows the oldest record that is not on its way; Remove forgets it, and is called only when the
// broker's PUBACK is there. A record that was sent and not removed is sent again
// after a restart: a receiver may see it twice, with the same boot id and
// sequence number, and never not at all.
//
// When the queue is full, the oldest record goes, and every record that goes is
// counted, on the disk too.
//
// A Ring is the queue for telemetry: in memory, bounded, the oldest goes first.
// Telemetry is never in a Spool, so it cannot displace an alert.
//
// The file is a row of blocks of 4096 bytes. A record is cut into pieces, usually
// one, and each piece stands within one block; a block holds as many as fit. A
// block is free when all records with a piece in it are removed. New pieces go
// behind those of the block that is being filled, then into the next free block,
// round about, and only when there is none does the file grow, up to its bound.
// Nothing is ever moved, compacted or renamed while all is well, so an alert
// costs the write of one block, and its removal, which changes four bytes in
// place, that of one more: 8 KiB, where a quiet node's file has 17 blocks. On
// Linux room for 1 MiB is taken from the disk at once, behind the file's end, so
// that alerts are stored also on a disk that others have filled.
//
// # Identity
//
// Every Open draws a new boot id. Sequence numbers rise by one and go on where
// they stood at the last start. A record keeps the pair that it got from Put for
// ever, so the pair names it among all records of the node even if the file is
// lost and the count starts anew.
//
// # Formats
//
// The first block begins with "auscult spool 2\n"; the rest of it is zero. In
// every other block pieces stand one behind the other, and zeros follow. A piece
// is
//
//	offset  bytes  what (big-endian)
//	0       4      mark: "AuSp", or all its bits inverted once it is removed
//	4       1      version, 2
//	5       1      index of the piece in its record
//	6       1      pieces of the record
//	7       1      length of the boot id, b
//	8       8      sequence number
//	16      8      key: the order of the queue
//	24      8      records that had been dropped when this was written
//	32      4      blocks that the file had on the disk when this was written
//	36      2      length of the topic, t
//	38      2      length of the body, n: at most 4052, and that but for the last piece
//	40      n      body
//	40+n    4      CRC-32C of everything before but the mark
//
// The bodies of a record's pieces, joined, are boot id (b bytes), topic (t) and
// payload. There is no other place where anything is counted: what comes after a
// start is the highest sequence number, key and drop count of all pieces, also
// of removed ones.
//
// # What is on the disk when
//
// Put writes the pieces and what is left of their blocks, syncs, and then
// returns. Blocks that the write lands in hold nothing that must stay but pieces
// that it does not change, so that it may break off anywhere. A removal is
// written at once and synced with the next Put, by Close, or by the kernel
// within half a minute; if the power goes before, the record comes back and is
// sent twice. The name of a new file, and of each folder that was made for it,
// is synced before the first record is put.
//
// # Recovery
//
// Open reads every block and believes only what the checksums cover. Bytes that
// are neither a piece nor the zeros behind the last one are damage: such blocks
// are copied to PATH.damaged-TIME (the newest three copies are kept; a copy is
// itself a spool, with each block where it was), pieces in them that are whole
// move to other blocks, and then they are wiped. A write that a power cut broke
// off leaves such bytes too. A file that was cut off is known by the count of
// blocks in its last pieces. When a piece exists twice, since the power went
// while it was moved, one of them is removed; when one of two is removed already,
// the other still counts: duplicates are allowed, loss is not.
//
// When the file cannot be opened or written, because the disk is full,
// read-only or broken, or because another program has it, records stay in memory,
// Put says so by ErrNotStored, and Flush tries again. When the file or its folder
// is removed or replaced, Put and Flush notice, take what the lost file holds
// into memory and make a new one. What lies at the path and is no spool is never
// written, renamed or removed: Stats.Err wraps ErrForeign.
//
// # Concurrency
//
// All methods may be called from any goroutine. Put and Remove wait for the
// disk, so they do not belong on the audio path. One program at a time has the
// file, by a lock on it; Read needs none.
//
// # Errors
//
// Open fails only on wrong options. Whatever lies at the path, it returns a
// Spool that works, and Stats says how well.
//
// # Limits
//
// The file never exceeds Options.MaxBytes; one that was made under a larger bound
// shrinks at a start at which the blocks above are free. A record is at most half
// as long as the bound. Three records of up to 1365 bytes share a block: 16 MiB
// hold 12,285 of them.
//
// # Sources
//
// Linux man-pages 6: fsync(2), open(2), flock(2), posix_fadvise(2).
package spool
