package report

import (
	"errors"
	"fmt"
	"strings"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// Page is a report, ready to be written in one of several formats.
type Page struct {
	Title    string
	Model    *model.Model
	Settings *model.Settings
	Verdict  verdict
	Warnings []string
	Parts    []part
	Seconds  float64
}

type (
	// part is the evidence, or the reasons.
	part struct {
		ID, Title, Lead string
		Sections        []section
	}

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
)

// evidence is the first part.
const evidence = "evidence"

// parts are what follows the verdict.
var parts = []struct {
	id, title, lead string
	sections        []func(*content.Study, *drawer) (*section, error)
}{
	{evidence, "Evidence", "What the verdict rests on: every clip was judged as the node would have.",
		[]func(*content.Study, *drawer) (*section, error){
			metricSection, scoreSection, soundSection, spectrumSection, frequencySection, detectorSection, noiseSection,
			driftSection, clipSection,
		}},
	{"reasons", "Reasons", "What was learned and how, what it costs, and why it was built so.",
		[]func(*content.Study, *drawer) (*section, error){
			dataSection, networkSection, learningSection, quantisationSection, budgetSection, rivalSection, sweepSection,
			deploySection, choiceSection,
		}},
}

// Compose makes the page about a study.
func Compose(s *content.Study) (*Page, error) {
	if s.Result == nil || s.Result.Threshold == nil {
		return nil, errors.New("report: the study holds no judged clips")
	}
	p := &Page{
		Title: s.Settings.Name, Model: s.Model, Settings: s.Settings, Seconds: s.Seconds, Verdict: judge(s),
		Warnings: warnings(s),
	}
	draw := newDrawer(s)
	for i := range parts {
		to := part{ID: parts[i].id, Title: parts[i].title, Lead: parts[i].lead}
		for _, write := range parts[i].sections {
			sec, err := write(s, draw)
			if err != nil {
				return nil, err
			}
			if sec == nil {
				continue
			}
			if err := sec.draw(); err != nil {
				return nil, err
			}
			to.Sections = append(to.Sections, *sec)
		}
		p.Parts = append(p.Parts, to)
	}
	return p, nil
}

// maxWarnings is how many warnings are shown.
const maxWarnings = 20

// warnings returns what weakens the result, each once.
func warnings(s *content.Study) (all []string) {
	said := map[string]bool{}
	add := func(some []string) {
		for _, w := range some {
			if !said[w] {
				said[w] = true
				all = append(all, w)
			}
		}
	}
	if s.Learning != nil {
		add(s.Learning.Warnings)
	}
	add(s.Warnings)
	add(s.Result.Warnings)
	add(s.Result.Notes)
	if len(all) > maxWarnings {
		all = append(all[:maxWarnings], fmt.Sprintf("and %d warnings more; 'auscult evaluate' prints all", len(all)-maxWarnings))
	}
	return all
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
