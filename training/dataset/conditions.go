package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/recording/delimited"
)

// ConditionsFile is the table of operating conditions in a data set's folder: a line
// of headings, "file" first, then a line for each clip with its name in the folder. A column
// take says, in any words, what was recorded together.
const ConditionsFile = "conditions.csv"

// Limits of that table.
const (
	maxConditionColumns = 64
	maxConditionRows    = 1 << 20
	maxConditionBytes   = 256 << 20
)

// Condition returns an operating condition that the clip was recorded under, as the
// data set's ConditionsFile or the file's name has it.
func (c Clip) Condition(name string) (float64, bool) {
	if c.told != nil {
		if v, ok := c.told.values[name]; ok {
			return v, true
		}
	}
	// Names of DCASE sets: key_value_key_value, and values such as 28V.
	fields := strings.Split(c.of().attributes, "_")
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == name {
			return leadingNumber(fields[i+1])
		}
	}
	return 0, false
}

// ConditionNames lists the conditions that are numbers, in order.
func (c Clip) ConditionNames() []string {
	var names []string
	if c.told != nil {
		names = slices.Collect(maps.Keys(c.told.values))
	}
	fields := strings.Split(c.of().attributes, "_")
	for i := 0; i+1 < len(fields); i += 2 {
		if _, ok := leadingNumber(fields[i+1]); ok && !slices.Contains(names, fields[i]) {
			names = append(names, fields[i])
		}
	}
	slices.Sort(names)
	return names
}

// leadingNumber reads a number with, perhaps, a unit behind it.
func leadingNumber(text string) (float64, bool) {
	end := 0
	for end < len(text) && strings.IndexByte("+-.0123456789", text[end]) >= 0 {
		end++
	}
	v, err := strconv.ParseFloat(text[:end], 64)
	return v, err == nil && !math.IsInf(v, 0)
}

// readConditions gives clips, list by list, the conditions that their folder's table has of them.
// It says in words what of the table it could not use.
func readConditions(folder string, lists ...[]*Clip) (warnings []string, err error) {
	file, err := os.Open(filepath.Join(folder, ConditionsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return giveConditions(file, file.Name(), lists...)
}

// giveConditions does so with a table of that name, and closes it.
func giveConditions(r io.ReadCloser, name string, lists ...[]*Clip) (warnings []string, err error) {
	defer func() { _ = r.Close() }() // nothing was written
	table, err := parseConditions(io.LimitReader(r, maxConditionBytes))
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", name, err)
	}
	for _, clips := range lists {
		if missing := table.give(clips); missing > 0 {
			warnings = append(warnings, fmt.Sprintf("%s has no line for %d of %d clips", ConditionsFile, missing, len(clips)))
		}
	}
	return warnings, nil
}

// readConditions gives the set's clips what its table says of them, in a folder or an archive.
func (s *Set) readConditions(folder bool) (err error) {
	var warnings []string
	if folder {
		warnings, err = readConditions(s.dir, s.normal, s.abnormal)
	} else if s.table != nil {
		var r io.ReadCloser
		if r, err = s.table.Open(); err != nil {
			return fmt.Errorf("dataset: %s: %w", s.table.Name, err)
		}
		warnings, err = giveConditions(r, s.table.Name, s.normal, s.abnormal)
	}
	s.warnings = append(s.warnings, warnings...)
	return err
}

// conditionLine is what the table has of a clip.
type conditionLine struct {
	values map[string]float64
	take   string // of a column of that name: any text
}

// conditionTable holds lines by the clips' names, in small letters.
type conditionTable map[string]*conditionLine

// of returns what the table has of a clip, by its name in the set's folder or in one below it:
// the label's, or the machine's.
func (t conditionTable) of(name string) *conditionLine {
	name = conditionName(name)
	for found := true; found; {
		if line := t[name]; line != nil {
			return line
		}
		_, name, found = strings.Cut(name, "/")
	}
	return nil
}

// give gives clips what the table has of them and returns how many it has no line for.
func (t conditionTable) give(clips []*Clip) (missing int) {
	for _, c := range clips {
		if c.told = t.of(c.Name); c.told == nil {
			missing++
		}
	}
	return missing
}

// parseConditions reads a ConditionsFile: its first line that is no remark names the columns.
// An empty cell is a condition that is not known.
func parseConditions(r io.Reader) (conditionTable, error) {
	in, err := delimited.NewReader(r)
	if err != nil {
		return nil, err
	}
	names, err := conditionHead(in)
	if err != nil {
		return nil, err
	}
	table := conditionTable{}
	for {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return table, nil
		case err != nil:
			return nil, err
		case row.Remark:
			continue
		case len(table) >= maxConditionRows:
			return nil, fmt.Errorf("more than %d lines", maxConditionRows)
		}
		values, err := conditionRow(in, row, names)
		if err != nil {
			return nil, err
		}
		name := conditionName(row.Cells[0])
		if table[name] != nil {
			return nil, fmt.Errorf("line %d: %s stands there twice", row.Line, name)
		}
		table[name] = values
	}
}

// conditionHead reads the names of the columns, the first of which is that of the clips.
func conditionHead(in *delimited.Reader) ([]string, error) {
	for {
		row, err := in.Read()
		if err == nil && row.Remark {
			continue
		}
		cells := delimited.Trim(row.Cells, 0)
		if err != nil || len(cells) < 2 || len(cells) > maxConditionColumns ||
			!slices.Contains(clipWords, strings.ToLower(cells[0])) {
			return nil, fmt.Errorf(
				"its first line must be \"file\" and then the names of 1 to %d conditions, with commas or semicolons between",
				maxConditionColumns-1)
		}
		return slices.Clone(cells), nil
	}
}

// clipWords are what people call the column of the clips' names.
var clipWords = []string{
	"file", "files", "filename", "file name", "file_name", "clip", "path", "wav", "recording", "datei",
}

// takeWords are what people call a column that says which take a clip is of.
var takeWords = []string{"take", "session", "group"}

// conditionRow returns a line's conditions.
func conditionRow(in *delimited.Reader, row delimited.Row, names []string) (*conditionLine, error) {
	cells := delimited.Trim(row.Cells, len(names))
	if len(cells) > len(names) {
		return nil, fmt.Errorf("line %d: %d cells, the first line has %d: a name or number with a separator in it needs quotes",
			row.Line, len(cells), len(names))
	}
	line := &conditionLine{values: map[string]float64{}}
	for i, text := range cells[1:] {
		if slices.Contains(takeWords, strings.ToLower(names[i+1])) {
			line.take = text
			continue
		}
		if delimited.Missing(text) {
			continue
		}
		v, ok := in.Layout().Number(text)
		if !ok || math.IsInf(v, 0) {
			return nil, fmt.Errorf("line %d: %s is %q: must be a number", row.Line, names[i+1], text)
		}
		line.values[names[i+1]] = v
	}
	return line, nil
}

// conditionName returns a clip's name as a table is searched for it.
func conditionName(name string) string {
	return strings.ToLower(path.Clean(strings.ReplaceAll(name, `\`, "/")))
}

// ConditionsOf returns the operating conditions that a model of these clips takes: the
// named ones, or, without names, all that every clip has and that are not the same
// everywhere. Each has the range that the clips cover.
func ConditionsOf(clips NormalClips, names []string) ([]model.Condition, error) {
	if len(clips.clips) == 0 {
		return nil, fmt.Errorf("dataset: no clips to take conditions from")
	}
	named := len(names) > 0
	if !named {
		names = clips.clips[0].ConditionNames()
	}
	var all []model.Condition
	for _, name := range names {
		c := model.Condition{Name: name, Min: math.Inf(1), Max: math.Inf(-1)}
		missing := ""
		for _, clip := range clips.clips {
			v, ok := clip.Condition(name)
			if !ok {
				missing = clip.Name
				break
			}
			c.Min, c.Max = min(c.Min, v), max(c.Max, v)
		}
		switch {
		case missing == "" && c.Min < c.Max:
			all = append(all, c)
		case !named:
		case missing != "":
			return nil, fmt.Errorf("dataset: %s has no condition %q: add a column %[2]q to %s, or leave the clip out",
				missing, name, ConditionsFile)
		default:
			return nil, fmt.Errorf("dataset: the condition %q is %g in every clip: there is nothing to learn from it",
				name, c.Min)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("dataset: no operating conditions: put a %s with the columns file,speed_rpm,… into the data folder, or use clips whose names carry them", ConditionsFile)
	}
	return all, nil
}

// ConditionValues returns the clip's values of a model's conditions, in their order; NaN
// for one that is not known.
func (c Clip) ConditionValues(of []model.Condition) []float64 {
	values := make([]float64, len(of))
	for i, cond := range of {
		v, ok := c.Condition(cond.Name)
		if !ok {
			v = math.NaN()
		}
		values[i] = v
	}
	return values
}

// WithConditions returns the windows with the operating conditions of their clips.
func (n NormalWindows) WithConditions(conditions []model.Condition) (NormalWindows, error) {
	n.w.conditions = conditions
	n.w.values = make([][]float32, len(n.w.features))
	for i, f := range n.w.features {
		for k, v := range f.ConditionValues(conditions) {
			if math.IsNaN(v) {
				return n, fmt.Errorf("dataset: %s has no condition %q", f.Name, conditions[k].Name)
			}
			n.w.values[i] = append(n.w.values[i], unit(conditions[k].Code(v)))
		}
	}
	return n, nil
}

// ConditionCount returns how many conditions the windows have.
func (n NormalWindows) ConditionCount() int { return n.w.ConditionCount() }

// Conditions writes the conditions of window i, each from 0 to 1 over its range.
func (n NormalWindows) Conditions(i int, dst []float32) { n.w.Conditions(i, dst) }

// ConditionCount returns how many conditions the windows have.
func (w Windows) ConditionCount() int { return len(w.conditions) }

// Conditions writes the conditions of window i, each from 0 to 1 over its range.
func (w Windows) Conditions(i int, dst []float32) {
	if len(w.conditions) > 0 {
		copy(dst, w.values[w.clip(w.number(i))])
	}
}
