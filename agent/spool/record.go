package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Priority orders records: a lower number is sent first and dropped last.
type Priority uint8

// Priorities, highest first.
const (
	Alert  Priority = iota // what somebody must act upon
	Notice                 // what somebody may want to know
	priorities
)

// String returns the name of the priority's bucket.
func (p Priority) String() string {
	switch p {
	case Alert:
		return "alert"
	case Notice:
		return "notice"
	default:
		return fmt.Sprintf("priority(%d)", uint8(p))
	}
}

// Record is one message with its identity.
type Record struct {
	Priority Priority
	BootID   string // of the Spool that made it
	Seq      uint64 // rises by one from record to record
	Topic    string
	Payload  []byte

	key uint64 // place in the queue; the sequence number unless the file was away
}

const (
	mark         = "AuSp"
	version      = 1
	headerBytes  = 38
	sumBytes     = 4
	maxBootID    = 64
	maxTopic     = 1024
	overheadByte = 64 // what bbolt adds to a record: key, element, share of the page's rest
)

// MaxPayload is the most bytes that a payload may have.
const MaxPayload = 256 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errNoRecord = errors.New("spool: no whole record")

// encode returns the stored form of r, which has passed check. Floor is the lowest key that was not
// removed when r was written.
func encode(r *Record, floor uint64) []byte {
	b := make([]byte, 0, headerBytes+len(r.BootID)+len(r.Topic)+len(r.Payload)+sumBytes)
	b = append(b, mark...)
	b = append(b, version, byte(r.Priority), byte(len(r.BootID)), 0)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = binary.BigEndian.AppendUint64(b, r.key)
	b = binary.BigEndian.AppendUint64(b, floor)
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.Topic)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Payload)))
	b = append(b, r.BootID...)
	b = append(b, r.Topic...)
	b = append(b, r.Payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// check returns nil when r can be stored.
func (r *Record) check() error {
	switch {
	case r.Priority >= priorities:
		return fmt.Errorf("spool: unknown priority %d", r.Priority)
	case len(r.BootID) > maxBootID:
		return fmt.Errorf("spool: boot id of %d bytes: at most %d", len(r.BootID), maxBootID)
	case len(r.Topic) == 0 || len(r.Topic) > maxTopic:
		return fmt.Errorf("spool: topic of %d bytes: must be 1 to %d", len(r.Topic), maxTopic)
	case len(r.Payload) > MaxPayload:
		return fmt.Errorf("spool: payload of %d bytes: at most %d", len(r.Payload), MaxPayload)
	}
	return nil
}

// decode reads the record at the start of b, which may go on behind it. It
// returns the record, whose payload is a copy, its floor and its length.
func decode(b []byte) (r Record, floor uint64, n int, err error) {
	if len(b) < headerBytes+sumBytes || string(b[:4]) != mark || b[4] != version || b[7] != 0 {
		return r, 0, 0, errNoRecord
	}
	boot := int(b[6])
	topic := int(binary.BigEndian.Uint16(b[32:]))
	payload := int64(binary.BigEndian.Uint32(b[34:]))
	if Priority(b[5]) >= priorities || boot > maxBootID || topic == 0 || topic > maxTopic || payload > MaxPayload {
		return r, 0, 0, errNoRecord
	}
	end := headerBytes + boot + topic + int(payload)
	if len(b) < end+sumBytes || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return r, 0, 0, errNoRecord
	}
	r.Priority = Priority(b[5])
	r.Seq = binary.BigEndian.Uint64(b[8:])
	r.key = binary.BigEndian.Uint64(b[16:])
	floor = binary.BigEndian.Uint64(b[24:])
	rest := b[headerBytes:]
	r.BootID = string(rest[:boot])
	r.Topic = string(rest[boot : boot+topic])
	r.Payload = append([]byte(nil), rest[boot+topic:end-headerBytes]...)
	return r, floor, end + sumBytes, nil
}
