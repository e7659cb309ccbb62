package dataset

import (
	"bufio"
	"encoding/binary"
	"io"
	"regexp"
	"strconv"
	"time"
)

// What names and folders say of days: 2026-01-31, 20260131, and months, 2026-01.
var (
	dayName   = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?:[^0-9]|$)`)
	monthName = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)\d{2})[-_.](\d{2})(?:[^0-9]|$)`)
)

// Recorded returns when the recording began, as its name or its folder's says, or the chunk "bext" of a Broadcast
// Wave file, without a time zone; by says which. The time of the file is no witness: to copy a file changes it.
func (c Clip) Recorded() (at time.Time, by string, ok bool) {
	if at, ok := nameTime(c.Name); ok {
		return at, "its name", true
	}
	file, err := c.open()
	if err != nil {
		return at, "", false // who reads it says so
	}
	defer func() { _ = file.Close() }() // nothing was written
	if at, ok := broadcastTime(bufio.NewReader(file)); ok {
		return at, "Broadcast Wave", true
	}
	return at, "", false
}

// nameTime reads a time, a day or a month in a name.
func nameTime(name string) (at time.Time, ok bool) {
	if found := timeName.FindStringSubmatchIndex(name); found != nil {
		if at, ok = timeOf(name, found); ok {
			return at, true
		}
	}
	for _, m := range append(dayName.FindAllStringSubmatch(name, -1), monthName.FindAllStringSubmatch(name, -1)...) {
		day := "01"
		if len(m) > 3 {
			day = m[3]
		}
		if at, err := time.Parse("20060102", m[1]+m[2]+day); err == nil && at.Year() >= 1970 {
			return at, true
		}
	}
	return at, false
}

// Limits of what precedes the chunk "bext", and where its date and its time stand (EBU Tech 3285).
const (
	bextChunks      = 100
	bextMost        = 1 << 20
	bextDate        = 320
	bextTime        = 330
	bextLeast       = 338
	riffHeaderBytes = 12
)

// broadcastTime reads the date and time of origination.
func broadcastTime(r io.Reader) (at time.Time, ok bool) {
	head := make([]byte, riffHeaderBytes)
	if _, err := io.ReadFull(r, head); err != nil || string(head[8:]) != "WAVE" {
		return at, false
	}
	for range bextChunks {
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return at, false
		}
		size := int64(binary.LittleEndian.Uint32(head[4:8]))
		id := string(head[:4])
		if id == "data" || size > bextMost {
			return at, false
		}
		if id != "bext" {
			if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
				return at, false
			}
			continue
		}
		body := make([]byte, bextLeast)
		if size < bextLeast {
			return at, false
		}
		if _, err := io.ReadFull(r, body); err != nil {
			return at, false
		}
		return originated(string(body[bextDate:bextTime]), string(body[bextTime:]))
	}
	return at, false
}

// originated reads yyyy-mm-dd and hh-mm-ss, whatever stands between the numbers; a time that makes no sense is
// midnight.
func originated(date, clock string) (at time.Time, ok bool) {
	at, err := time.Parse("20060102", date[:4]+date[5:7]+date[8:10])
	if err != nil || at.Year() < 1970 {
		return time.Time{}, false
	}
	number := func(s string, below int) (int, bool) {
		n, err := strconv.ParseUint(s, 10, 8)
		return int(n), err == nil && int(n) < below
	}
	h, okH := number(clock[:2], 24)
	m, okM := number(clock[3:5], 60)
	s, okS := number(clock[6:8], 60)
	if okH && okM && okS {
		at = at.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second)
	}
	return at, true
}
