package condition

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// decode reads a payload.
func decode(payload []byte) (v any, err error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("a payload of %d bytes, at most %d are read", len(payload), MaxPayload)
	}
	if err := json.Unmarshal(payload, &v); err != nil {
		return nil, errors.New("the payload is neither a number nor JSON")
	}
	return v, nil
}

// find returns what stands in a payload under keys with dots between; empty is all of it.
func find(v any, field string) (any, error) {
	if field == "" {
		return v, nil
	}
	for key := range strings.SplitSeq(field, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the payload has no field %q", field)
		}
		v = object[key]
	}
	return v, nil
}

// number reads a number in a payload.
func number(v any, field string) (float64, error) {
	v, err := find(v, field)
	if err != nil {
		return 0, err
	}
	switch v := v.(type) {
	case float64: // JSON has none that is not finite
		return v, nil
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	}
	if field == "" {
		return 0, fmt.Errorf("the payload is no number: name its field")
	}
	return 0, fmt.Errorf("the field %q is no number", field)
}

// Numbers of seconds since 1970 that a time stamp may be, and above which it is one of
// milliseconds: the years 1970 to 2286, and 1970 from April on.
const (
	mostSeconds = 1e10
	mostMillis  = mostSeconds * 1000
)

// stamp reads a time in a payload: RFC 3339, or seconds or milliseconds since 1970.
func stamp(v any, field string) (time.Time, error) {
	v, err := find(v, field)
	if err != nil {
		return time.Time{}, err
	}
	if text, ok := v.(string); ok {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00"} {
			if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
				return t, nil
			}
		}
	}
	n, err := number(v, "")
	if err != nil || n < 0 || n > mostMillis {
		return time.Time{}, fmt.Errorf("the field %q is no time: write RFC 3339 with its zone, or seconds or milliseconds since 1970",
			field)
	}
	if n < mostSeconds {
		n *= 1000
	}
	return time.UnixMilli(int64(n)), nil
}
