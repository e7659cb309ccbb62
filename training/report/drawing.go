package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// drawing is what a figure shows.
type drawing interface {
	// svg returns the drawing as an inline element that scales with the page and says alt to
	// whoever cannot see it.
	svg(alt string) (template.HTML, error)
}

// chart is a plot and how large it is.
type chart struct {
	plot          *plot.Plot
	width, height vg.Length
}

// sized gives a plot a size.
func sized(p *plot.Plot, width, height vg.Length) (*chart, error) {
	return &chart{p, width, height}, nil
}

// last is half the width of a label: the last one of an axis stands half beyond its end.
const last = 8

func (c *chart) svg(alt string) (template.HTML, error) {
	canvas := vgsvg.New(c.width, c.height)
	c.plot.Draw(draw.Crop(draw.New(canvas), 0, -vg.Points(last), 0, 0))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return "", fmt.Errorf("report: chart: %w", err)
	}
	out := buf.String()
	// The XML declaration and generator comment have no place inside a page.
	if i := strings.Index(out, "<svg"); i >= 0 {
		out = `<svg role="img" aria-label="` + template.HTMLEscapeString(alt) + `"` + out[i+len("<svg"):]
	}
	return template.HTML(out), nil //nolint:gosec // made by the plotter; texts in it are our own labels
}

// inline is SVG that is drawn already; it names itself.
type inline template.HTML

func (i inline) svg(string) (template.HTML, error) { return template.HTML(i), nil } //nolint:gosec // our own drawing
