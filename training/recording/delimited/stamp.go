package delimited

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Stamp is a moment as a cell has it.
type Stamp struct {
	HasDate, HasClock bool
	Day               int64         // since 1970-01-01
	Clock             time.Duration // since midnight, or since whatever a logger counts from; less the zone's offset
}

// ParseStamp returns the date, time of day or both that a cell is.
func ParseStamp(cell string) (s Stamp, ok bool) {
	if len(cell) < len("1:02") || len(cell) > 48 || (cell[0] < '0' || cell[0] > '9') && !monthFirst(cell) {
		return s, false
	}
	date, clock := splitStamp(cell)
	if date != "" {
		if s.Day, ok = parseDay(date); !ok {
			return s, false
		}
		s.HasDate = true
	}
	if clock != "" {
		if s.Clock, ok = parseClock(clock); !ok {
			return s, false
		}
		s.HasClock = true
	}
	return s, s.HasDate || s.HasClock
}

// splitStamp separates date and time of day, where a cell has both.
func splitStamp(cell string) (date, clock string) {
	colon := strings.IndexByte(cell, ':')
	if colon < 0 {
		if len(cell) >= len("20060102T150405") && cell[8] == 'T' {
			c := cell[9:]
			return cell[:8], c[:2] + ":" + c[2:4] + ":" + c[4:]
		}
		return strings.TrimSuffix(cell, "T"), ""
	}
	// The hour has one or two digits before the first colon, more where hours are counted.
	start := colon
	for start > 0 && cell[start-1] >= '0' && cell[start-1] <= '9' {
		start--
	}
	if start == 0 {
		return "", cell
	}
	return strings.TrimRight(cell[:start], " T_,;"), cell[start:]
}

var months = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
	"dec": 12, "mär": 3, "mai": 5, "okt": 10, "dez": 12,
}

func monthOf(text string) (time.Month, bool) {
	r := []rune(strings.ToLower(text))
	if len(r) < 3 {
		return 0, false
	}
	m, ok := months[string(r[:3])]
	return m, ok
}

func monthFirst(cell string) bool {
	first, _, _ := strings.Cut(cell, " ")
	_, ok := monthOf(first)
	return ok
}

// parseDay returns a date as days since 1970: year first, or day first, or, with slashes,
// month first.
func parseDay(text string) (int64, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("-/. ,", r) })
	if len(parts) == 1 && len(text) == len("20060102") {
		parts = []string{text[:4], text[4:6], text[6:]}
	}
	if len(parts) != 3 {
		return 0, false
	}
	var n [3]int
	named := -1
	for i, part := range parts {
		if m, ok := monthOf(part); ok && named < 0 {
			n[i], named = int(m), i
			continue
		}
		v, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0, false
		}
		n[i] = int(v)
	}
	year, month, day := n[2], n[1], n[0]
	switch {
	case len(parts[0]) == 4:
		year, month, day = n[0], n[1], n[2]
	case named == 0, named < 0 && strings.Contains(text, "/") && n[0] <= 12:
		month, day = n[0], n[1]
	}
	if year < 100 {
		year += 2000
	}
	if year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400, true
}

// parseClock returns a time of day: hours, minutes and perhaps seconds with a fraction,
// or, with a fraction behind the second number, minutes and seconds.
func parseClock(text string) (time.Duration, bool) {
	text, offset, ok := cutZone(text)
	if !ok {
		return 0, false
	}
	afternoon := ""
	if n := len(text); n > 2 {
		if end := strings.ToUpper(text[n-2:]); end == "AM" || end == "PM" {
			text, afternoon = strings.TrimSpace(text[:n-2]), end
		}
	}
	parts := strings.Split(text, ":")
	if len(parts) == 4 { // 18:13:00:005
		parts = []string{parts[0], parts[1], parts[2] + "." + parts[3]}
	}
	if len(parts) == 2 && strings.ContainsAny(parts[1], ".,") {
		parts = []string{"0", parts[0], parts[1]}
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return 0, false
	}
	hours, err := strconv.ParseUint(parts[0], 10, 16)
	minutes, err2 := strconv.ParseUint(parts[1], 10, 8)
	seconds, ok := fraction(parts[2])
	if err != nil || err2 != nil || !ok || minutes > 59 || seconds > 60*time.Second {
		return 0, false
	}
	switch {
	case afternoon == "PM" && hours < 12:
		hours += 12
	case afternoon == "AM" && hours == 12:
		hours = 0
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + seconds - offset, true
}

// cutZone takes a time zone from the end of a time of day and returns its offset.
func cutZone(text string) (rest string, offset time.Duration, ok bool) {
	for _, zone := range []string{"Z", "z", "UTC", "GMT"} {
		if rest, found := strings.CutSuffix(text, zone); found {
			return strings.TrimSpace(rest), 0, true
		}
	}
	i := strings.LastIndexAny(text, "+-")
	if i < 0 {
		return text, 0, true
	}
	digits := strings.ReplaceAll(text[i+1:], ":", "")
	if len(digits) == 2 {
		digits += "00"
	}
	v, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || len(digits) != 4 {
		return text, 0, false
	}
	offset = time.Duration(v/100)*time.Hour + time.Duration(v%100)*time.Minute
	if text[i] == '-' {
		offset = -offset
	}
	return strings.TrimSpace(text[:i]), offset, true
}

// fraction returns seconds with a point or comma, to the nanosecond.
func fraction(text string) (time.Duration, bool) {
	whole, part := text, ""
	if i := strings.IndexAny(text, ".,"); i >= 0 {
		whole, part = text[:i], text[i+1:]
	}
	seconds, err := strconv.ParseUint(whole, 10, 8)
	if err != nil {
		return 0, false
	}
	nanos := 0.0
	if part != "" {
		v, err := strconv.ParseUint(part[:min(len(part), 12)], 10, 64)
		if err != nil {
			return 0, false
		}
		nanos = math.Round(float64(v) * math.Pow10(9-min(len(part), 12)))
	}
	return time.Duration(seconds)*time.Second + time.Duration(nanos), true
}
