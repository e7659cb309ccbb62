package table

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// standardGravity is one g in m/s² (ISO 80000-3).
const standardGravity = 9.80665

// Unit is what a column's numbers count.
type Unit struct {
	Name string  // as people write it: g, mg, m/s2, counts
	G    float64 // that 1 stands for
}

var metres = Unit{"m/s2", 1 / standardGravity}

// accelerations are the units of acceleration, as plainUnit leaves them, in g.
var accelerations = map[string]Unit{
	"g": {"g", 1}, "g's": {"g", 1}, "gs": {"g", 1}, "gn": {"g", 1}, "g0": {"g", 1}, "gravity": {"g", 1},
	"mg": {"mg", 1e-3}, "millig": {"mg", 1e-3}, "ug": {"µg", 1e-6},
	"m/s2": metres, "m/s/s": metres, "ms-2": metres, "ms2": metres, "mps2": metres, "mpss": metres, "m/sec2": metres,
	"meter/s2": metres, "m/ss": metres,
	"mm/s2": {"mm/s2", 1e-3 / standardGravity}, "cm/s2": {"cm/s2", 1e-2 / standardGravity},
	"gal": {"cm/s2", 1e-2 / standardGravity}, "ft/s2": {"ft/s2", 0.3048 / standardGravity},
	"in/s2": {"in/s2", 0.0254 / standardGravity},
}

// durations are the units of time, in seconds.
var durations = map[string]float64{
	"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "sek": 1, "sekunden": 1,
	"ms": 1e-3, "msec": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
	"us": 1e-6, "usec": 1e-6, "micros": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
	"ns": 1e-9, "nsec": 1e-9, "nanos": 1e-9, "nanosecond": 1e-9, "nanoseconds": 1e-9,
	"min": 60, "mins": 60, "minutes": 60, "h": 3600, "hr": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
}

// rawWords are units of numbers as a chip gives them.
var rawWords = map[string]bool{
	"counts": true, "count": true, "lsb": true, "raw": true, "adc": true, "digits": true, "bits": true, "ticks": true,
}

// otherUnits are units of what is no acceleration.
var otherUnits = strings.Fields("v mv uv a ma °c degc c °f k rpm 1/min hz khz % pa hpa kpa bar mbar psi deg ° rad deg/s °/s dps " +
	"rad/s ut gauss mm/s m/s in/s ips mm um nm n kn w kw db dbfs m")

var unitSpelling = strings.NewReplacer(" ", "", "\u00a0", "", "²", "2", "^", "", "*", "", "·", "", "⋅", "", "⁻",
	"-", "−", "-", "_", "", "(", "", ")", "", "[", "", "]", "", "{", "", "}", "", "µ", "u", "μ", "u")

// plainUnit returns a unit in the spelling that the tables here have.
func plainUnit(text string) string {
	return unitSpelling.Replace(strings.ToLower(strings.TrimSpace(text)))
}

func isUnit(text string) bool {
	u := plainUnit(text)
	_, acceleration := accelerations[u]
	return acceleration || durations[u] > 0 || rawWords[u] || slices.Contains(otherUnits, u)
}

// ParseUnit reads a unit as a user says it: g, mg, m/s2, or counts:SCALE with a scale in
// counts a g (1 or more) or g a count (below 1).
func ParseUnit(text string) (Unit, error) {
	name, scale, has := strings.Cut(text, ":")
	name = plainUnit(name)
	if !has {
		if u, ok := accelerations[name]; ok {
			return u, nil
		}
		if rawWords[name] {
			return Unit{}, fmt.Errorf(
				"unit %q: say how many counts a g has, as in counts:16384, or how many g a count, as in counts:0.0039", text)
		}
		return Unit{}, fmt.Errorf("unit %.40q: use g, mg, m/s2 or counts:SCALE", text)
	}
	v, err := strconv.ParseFloat(scale, 64)
	if !rawWords[name] || err != nil || !(v > 0) || math.IsInf(v, 0) {
		return Unit{}, fmt.Errorf("unit %.40q: use counts:SCALE with the counts of a g, as in counts:16384, "+
			"or the g of a count, as in counts:0.0039", text)
	}
	return countsOf(v), nil
}

// countsOf returns the unit of counts with a scale as ParseUnit takes it.
func countsOf(scale float64) Unit {
	u := Unit{Name: "counts:" + strconv.FormatFloat(scale, 'g', -1, 64), G: scale}
	if scale >= 1 {
		u.G = 1 / scale
	}
	return u
}

var (
	bracketed = regexp.MustCompile(`^(.*?)[\s_]*[\[({<]\s*([^\])}>]*?)\s*[\])}>]\s*$`)
	trailing  = regexp.MustCompile(`^(.+?)(?:\s+in\s+|\s*/\s*|[\s_.,:-]+)([^\s_.,:]+)$`)
	timeCamel = regexp.MustCompile(`(?i)^(time|timestamp|ts|t)_?(ms|us|ns|sec|millis|micros|nanos)$`)
)

// splitUnit separates a heading's name and its unit: "acc x [m/s²]", "x_mg", "Time / ms".
func splitUnit(heading string) (name, unit string) {
	heading = strings.TrimSpace(heading)
	if m := bracketed.FindStringSubmatch(heading); m != nil && (isUnit(m[2]) || strings.ContainsAny(m[2], "/²^°")) {
		return strings.TrimRight(m[1], " _,/"), m[2]
	}
	if m := timeCamel.FindStringSubmatch(heading); m != nil {
		return m[1], m[2]
	}
	if m := trailing.FindStringSubmatch(heading); m != nil {
		u := plainUnit(m[2])
		if _, ok := accelerations[u]; ok || durations[u] > 0 && u != "d" && u != "h" && u != "day" {
			return strings.TrimRight(m[1], " ,/"), m[2]
		}
	}
	// The unit may itself have a slash: "acc x / m/s2", "ax m/s^2".
	for _, sep := range []string{" / ", ", ", " in ", " ", "_"} {
		if i := strings.Index(heading, sep); i > 0 {
			if _, ok := accelerations[plainUnit(heading[i+len(sep):])]; ok {
				return heading[:i], heading[i+len(sep):]
			}
		}
	}
	return heading, ""
}

// guessUnit returns the unit that gravity shows: the length of the mean vector of three
// axes, or the mean of one, and whether whole numbers were read, as chips give them.
func guessUnit(means []float64, whole bool) (u Unit, ok bool) {
	length := 0.0
	for _, m := range means {
		length = math.Hypot(length, m)
	}
	slack := 0.2
	if len(means) < 3 {
		slack = 0.06 // an axis that by chance stands upright
	}
	near := func(want float64) bool { return math.Abs(length/want-1) <= slack }
	switch {
	case near(1) && !whole:
		return accelerations["g"], true
	case near(standardGravity) && !whole:
		return accelerations["m/s2"], true
	case near(1000) && !(whole && math.Abs(length/1024-1) < 0.005):
		return accelerations["mg"], true
	}
	if whole {
		for bits := 6; bits <= 20; bits++ {
			if counts := float64(int(1) << bits); math.Abs(length/counts-1) <= min(slack, 0.12) {
				return countsOf(counts), true
			}
		}
	}
	return Unit{}, false
}
