package report

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// pageData is what the template shows.
type pageData struct {
	Title    string
	Model    *model.Model
	Settings *model.Settings
	Verdict  string
	Cards    []card
	Warnings []string
	Sections []section
	Seconds  float64
}

type (
	card struct{ Value, Label, Class string }

	// section is one headed part of the page.
	section struct {
		ID, Title string
		Blocks    []block
	}

	// block is what stands in a section: each of its parts may be absent.
	block struct {
		Heading string
		Text    string
		Class   string // of the text
		Figures []figure
		Row     bool // figures beside each other
		Table   *table
		List    []string
	}

	figure struct {
		SVG     template.HTML
		Caption string
	}

	table struct {
		Class string
		Head  []cell
		Rows  [][]cell
	}

	cell struct {
		Text   string
		Class  string
		Number bool
		Head   bool
	}
)

// head makes a table's first row; names that end in # are of numbers.
func head(names ...string) []cell {
	out := make([]cell, len(names))
	for i, name := range names {
		out[i].Text, out[i].Number = strings.CutSuffix(name, "#")
	}
	return out
}

// cells makes a row under head: numbers are aligned as the head says.
func (t *table) add(texts ...string) {
	row := make([]cell, len(texts))
	for i, text := range texts {
		row[i] = cell{Text: text, Number: i < len(t.Head) && t.Head[i].Number}
	}
	t.Rows = append(t.Rows, row)
}

// maxPage bounds the page: it goes by mail.
const maxPage = 5 << 20

// Write writes the page about a study.
func Write(w io.Writer, s *content.Study) error {
	if s.Result == nil || s.Result.Threshold == nil {
		return errors.New("report: the study holds no judged clips")
	}
	d := &pageData{
		Title: s.Settings.Name, Model: s.Model, Settings: s.Settings, Seconds: s.Seconds,
		Verdict: verdict(s), Cards: cards(s),
	}
	if s.Learning != nil {
		d.Warnings = append(d.Warnings, s.Learning.Warnings...)
	}
	d.Warnings = append(append(append(d.Warnings, s.Warnings...), s.Result.Warnings...), s.Result.Notes...)
	if len(d.Warnings) > maxWarnings {
		more := len(d.Warnings) - maxWarnings
		d.Warnings = append(d.Warnings[:maxWarnings],
			fmt.Sprintf("and %d warnings more; 'auscult evaluate' prints all", more))
	}
	draw := newDrawer(s)
	for _, part := range []func(*content.Study, *drawer) (*section, error){
		dataSection, networkSection, learningSection, quantisationSection, scoreSection, metricSection, detectorSection,
		soundSection, frequencySection, noiseSection, driftSection, rivalSection, sweepSection, budgetSection, deploySection,
		choiceSection, clipSection,
	} {
		sec, err := part(s, draw)
		if err != nil {
			return err
		}
		if sec != nil {
			d.Sections = append(d.Sections, *sec)
		}
	}
	var text strings.Builder
	if err := page.Execute(&text, d); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if text.Len() > maxPage {
		return fmt.Errorf("report: the page has %d bytes, more than %d", text.Len(), maxPage)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

const maxWarnings = 20

// verdict sums up in one sentence.
func verdict(s *content.Study) string {
	r := s.Result
	text := fmt.Sprintf("The node would have raised the alarm on %d of %d abnormal and %d of %d normal recordings that it has not learned.",
		r.Alarms, r.Abnormal, r.FalseAlarms, r.Normal)
	if r.AUC != nil && r.AUCInterval != nil {
		text += fmt.Sprintf(" With 95 %% confidence its scores rank an abnormal recording above a normal one in %.0f to %.0f %% of pairs.",
			100*r.AUCInterval.Low, 100*r.AUCInterval.High)
	}
	return text
}

func cards(s *content.Study) []card {
	r := s.Result
	out := []card{
		{fmt.Sprintf("%d of %d", r.Alarms, r.Abnormal), "abnormal clips raised the alarm", class(r.Alarms == r.Abnormal)},
		{fmt.Sprintf("%d of %d", r.FalseAlarms, r.Normal), "normal clips raised a false alarm", class(r.FalseAlarms == 0)},
		{number(r.AUC), "AUC" + comma(intervalText(r.AUCInterval)), ""},
	}
	if s.Stages != nil {
		out = append(out, card{fmt.Sprintf("%.0f×", s.Stages.RealTime), "real time on one core of this machine", ""})
	}
	return out
}

func comma(text string) string {
	if text == "" {
		return ""
	}
	return ", " + text
}

func class(good bool) string {
	if good {
		return "good"
	}
	return "bad"
}

var levelText = map[evaluate.Level][2]string{
	evaluate.AsRecorded:        {"as recorded", "what the node hears: level and character"},
	evaluate.RMSNormalised:     {"RMS-normalised", "all clips at one level; a strong tone moves the other bands down"},
	evaluate.MeanLogMelRemoved: {"mean log-mel removed", "the shape of the spectrum alone"},
}

// LevelText names a level for people.
func LevelText(l evaluate.Level) string { return levelText[l][0] }

// bandsShown is how many ranges of bands are worth reading.
const bandsShown = 3

// BandsText writes the bands that contribute most as people read them:
// "47–125 Hz 61 %".
func BandsText(bands []decide.BandRange) string {
	bands = bands[:min(len(bands), bandsShown)]
	parts := make([]string, len(bands))
	for i, b := range bands {
		parts[i] = fmt.Sprintf("%.0f–%.0f Hz %.0f %%", b.FromHz, b.ToHz, 100*b.Share)
	}
	return strings.Join(parts, ", ")
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *v)
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100**v)
}

func intervalText(i *metrics.Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf("%.3f to %.3f", i.Low, i.High)
}
