package table

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/setting"
)

// What names of columns consist of, in small letters and without what people put between
// words.
var (
	timeWords = strings.Fields("time timestamp timestamps t ts zeit zeitstempel datetime epoch elapsed seconds elapsedtime " +
		"timesec times xvalue uhrzeit temps tiempo timestampms timestampus timestampns timems timeus timens relativetime " +
		"localtime utc utctime systime unixtime clock date sampletime datetimeutc secondselapsed millis micros tick ticks")
	indexWords = strings.Fields("index idx sample samples samplenumber sampleno sampleindex n no nr num number # i k seq " +
		"indexlevel0 sequence counter count row line id unnamed:0 packet frame x1 point scan record pos")
	// otherWords begin names of what is no acceleration.
	otherWords = strings.Fields("temp hum press baro gyr gx gy gz mag mx my mz rpm speed batt volt current status label " +
		"class lat lon alt roll pitch yaw quat wx wy wz rot rssi error flag light lux torque load power drehzahl mic audio " +
		"sound tacho")
)

// find returns the column that a user means: by its name, or by its number, from 1 on.
func (s *sample) find(flag, wanted string) (int, error) {
	want := plainName(wanted)
	var hits []int
	within := "." + strings.ToLower(wanted) // a structure
	for i, c := range s.columns {
		if strings.EqualFold(c.name, wanted) {
			return i, nil
		}
		if name := plainName(c.name); name != "" && name == want || strings.HasSuffix(strings.ToLower(c.name), within) {
			hits = append(hits, i)
		}
	}
	if len(hits) == 1 {
		return hits[0], nil
	}
	if n, err := strconv.Atoi(wanted); err == nil && n >= 1 && n <= len(s.columns) {
		return n - 1, nil
	}
	text := fmt.Sprintf("has no column %.40q", wanted)
	if near := s.near(want); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return 0, fmt.Errorf("%s; %s takes %s", text, flag, s.choices())
}

// plainName returns a column's name in small letters, without its unit and without what
// people put between words.
func plainName(name string) string {
	name, _ = splitUnit(name)
	return joined(name)
}

var wordMarks = strings.NewReplacer("_", "", " ", "", "-", "", ".", "")

// joined returns a name in small letters, without what people put between words.
func joined(name string) string { return wordMarks.Replace(strings.ToLower(name)) }

// near returns the name that is nearest to a wrong one, "" where none is near.
func (s *sample) near(want string) string {
	best, name := 3, ""
	for _, c := range s.columns {
		plain := plainName(c.name)
		if plain == "" {
			continue
		}
		d := setting.Distance(plain, want)
		if strings.HasSuffix(plain, want) || strings.HasPrefix(plain, want) {
			d = 1
		}
		if d < best && d < max(len(plain), len(want)) {
			best, name = d, c.name
		}
	}
	return name
}

// choices lists the columns for a user.
func (s *sample) choices() string {
	var names []string
	for _, c := range s.columns {
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("a number from 1 to %d, since the columns have no names", len(s.columns))
	}
	return fmt.Sprintf("one of %s, or a number from 1 to %d", listed(names, 12, ", "), len(s.columns))
}

// listed returns the first of names, and how many more there are.
func listed(names []string, most int, between string) string {
	text := strings.Join(names[:min(len(names), most)], between)
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}
