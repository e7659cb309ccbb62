package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The charts stand on the page's background, light or dark, so their colours
// are chosen to be read on both.
var (
	ink      = color.NRGBA{0x80, 0x86, 0x90, 0xff}
	faint    = color.NRGBA{0x80, 0x86, 0x90, 0x40}
	faintInk = color.NRGBA{0xa0, 0x90, 0xb8, 0xff}
	normal   = color.NRGBA{0x2f, 0x8f, 0xd8, 0xff}
	abnormal = color.NRGBA{0xe0, 0x6c, 0x2b, 0xff}
	third    = color.NRGBA{0x3f, 0xa7, 0x5f, 0xff}

	lineColors = []color.Color{
		normal, abnormal, third, color.NRGBA{0x9a, 0x6f, 0xd0, 0xff}, color.NRGBA{0xc9, 0xa2, 0x27, 0xff},
		color.NRGBA{0xd0, 0x56, 0x8c, 0xff},
	}
)

// newPlot returns an empty plot in the report's style.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(9)}
	p.BackgroundColor = color.Transparent
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Color = ink
		axis.Label.TextStyle.Color = ink
		axis.Tick.Color = ink
		axis.Tick.Label.Color = ink
		axis.Label.TextStyle.Font, axis.Tick.Label.Font = sans, sans
	}
	p.Legend.TextStyle = text.Style{Color: ink, Font: sans, Handler: plot.DefaultTextHandler}
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(2)
	// Text and lines of a legend touch in gonum where it stands on the right, and a browser's sans may be
	// wider than the one that the plotter measures by.
	p.Legend.Left, p.Legend.XOffs = true, vg.Points(8)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = faint, faint
	p.Add(grid)
	return p
}

// series is one named set of scores.
type series struct {
	name   string
	color  color.Color
	values []float64
}

// scoreChart shows scores as dots in one row per series, and the threshold.
func scoreChart(rows []series, threshold float64, unit string) (*chart, error) {
	p := newPlot("score ("+unit+")", "")
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = decimalTicks{}
	lo, hi := threshold, threshold
	var names []string
	for i := range rows {
		row := rows[len(rows)-1-i] // the first on top
		names = append(names, row.name)
		var points plotter.XYs
		for k, v := range row.values {
			v = math.Max(v, 1e-9) // a logarithm needs something
			lo, hi = math.Min(lo, v), math.Max(hi, v)
			points = append(points, plotter.XY{X: v, Y: float64(i) + jitter(k)})
		}
		if len(points) == 0 {
			continue
		}
		dots, err := plotter.NewScatter(points)
		if err != nil {
			return nil, fmt.Errorf("report: chart: %w", err)
		}
		dots.GlyphStyle = draw.GlyphStyle{Color: row.color, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
		p.Add(dots)
	}
	line, err := plotter.NewLine(plotter.XYs{{X: threshold, Y: -0.5}, {X: threshold, Y: float64(len(rows)) - 0.5}})
	if err != nil {
		return nil, fmt.Errorf("report: chart: %w", err)
	}
	line.Color, line.Width, line.Dashes = ink, vg.Points(1.5), []vg.Length{vg.Points(5), vg.Points(3)}
	p.Add(line)
	p.Legend.Add("threshold", line)
	p.NominalY(names...)
	p.Y.Min, p.Y.Max = -0.5, float64(len(rows))-0.5
	p.X.Min, p.X.Max = lo/1.15, hi*1.15
	return sized(p, 7.6*vg.Inch, vg.Length(0.9+0.5*float64(len(rows)))*vg.Inch)
}

// jitter spreads dots of one row so that equal scores can be told apart.
func jitter(k int) float64 { return 0.09 * float64(k%5-2) }

// decimalTicks marks a logarithmic axis with round numbers.
type decimalTicks struct{}

// Ticks returns the marks between two values above 0.
func (decimalTicks) Ticks(lo, hi float64) []plot.Tick {
	var ticks []plot.Tick
	decades := math.Log10(hi / lo)
	steps := []float64{1, 2, 5}
	switch {
	case decades < 0.7:
		steps = []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9}
	case decades > 3:
		steps = []float64{1}
	}
	for e := math.Floor(math.Log10(lo)); e <= math.Log10(hi); e++ {
		for _, s := range steps {
			if v := s * math.Pow(10, e); v >= lo && v <= hi {
				ticks = append(ticks, plot.Tick{Value: v, Label: axisLabel(v)})
			}
		}
	}
	return ticks
}

// axisLabel writes thousands as k, since an axis has little room.
func axisLabel(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.3gk", v/1000)
	}
	return fmt.Sprintf("%.3g", v)
}

// curve is one named line.
type curve struct {
	name   string
	color  color.Color
	points plotter.XYs
}

// lineChart draws curves.
func lineChart(x, y string, curves []curve) (*chart, error) {
	p := newPlot(x, y)
	for _, c := range curves {
		if err := addLine(p, c, nil); err != nil {
			return nil, err
		}
	}
	return sized(p, 3.4*vg.Inch, 3.2*vg.Inch)
}

// bandChart draws a level per band over frequency.
func bandChart(hz []float64, curves []curve, y string) (*chart, error) {
	p := newPlot("frequency (Hz)", y)
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = decimalTicks{}
	for _, c := range curves {
		line, err := plotter.NewLine(c.points)
		if err != nil {
			return nil, fmt.Errorf("report: chart: %w", err)
		}
		line.Color, line.Width, line.StepStyle = c.color, vg.Points(1.5), plotter.MidStep
		p.Add(line)
		p.Legend.Add(c.name, line)
	}
	p.X.Min, p.X.Max = hz[0], hz[len(hz)-1]
	p.Y.Min, p.Y.Max = 0, 1.3*p.Y.Max // room for the legend
	return sized(p, 7.6*vg.Inch, 2.8*vg.Inch)
}

// mark is a vertical line in a chart of scores.
type mark struct {
	name  string
	at    float64
	color color.Color
}

// densityBins is how many steps a density has from the lowest to the highest
// score.
const densityBins = 40

// least is the share of the threshold below which scores are all alike to people.
const least = 0.01

// densityChart shows how often which score occurs, one stepped line for each
// series, on a logarithmic axis.
func densityChart(rows []series, marks []mark, unit string) (*chart, error) {
	p := newPlot("score ("+unit+")", "share of observations")
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = decimalTicks{}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, m := range marks {
		lo, hi = math.Min(lo, m.at), math.Max(hi, m.at)
	}
	for _, r := range rows {
		for _, v := range r.values {
			lo, hi = math.Min(lo, math.Max(v, least*marks[0].at)), math.Max(hi, v)
		}
	}
	lo, hi = lo/1.1, hi*1.1
	top := 0.0
	step := math.Log(hi/lo) / densityBins
	for _, r := range rows {
		if len(r.values) == 0 {
			continue
		}
		var bins [densityBins]float64
		for _, v := range r.values {
			at := int(math.Log(math.Max(v, lo)/lo) / step)
			bins[min(at, densityBins-1)] += 1 / float64(len(r.values))
		}
		line := make(plotter.XYs, 0, densityBins+2)
		line = append(line, plotter.XY{X: lo})
		for i, share := range bins {
			top = math.Max(top, share)
			line = append(line, plotter.XY{X: lo * math.Exp(step*(float64(i)+0.5)), Y: share})
		}
		line = append(line, plotter.XY{X: hi})
		drawn, err := plotter.NewLine(line)
		if err != nil {
			return nil, fmt.Errorf("report: chart: %w", err)
		}
		drawn.Color, drawn.Width, drawn.StepStyle = r.color, vg.Points(1.8), plotter.MidStep
		p.Add(drawn)
		p.Legend.Add(fmt.Sprintf("%s (%d)", r.name, len(r.values)), drawn)
	}
	for i, m := range marks {
		line, err := plotter.NewLine(plotter.XYs{{X: m.at, Y: 0}, {X: m.at, Y: top * 1.05}})
		if err != nil {
			return nil, fmt.Errorf("report: chart: %w", err)
		}
		line.Color, line.Width, line.Dashes = m.color, vg.Points(1.5), []vg.Length{vg.Points(5), vg.Points(float64(2 + i))}
		p.Add(line)
		p.Legend.Add(m.name, line)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, hi, 0, math.Max(top, 1e-9)*1.45 // room for the legend
	return sized(p, 7.6*vg.Inch, 3.2*vg.Inch)
}

// points joins two columns.
func points(x, y []float64) plotter.XYs {
	out := make(plotter.XYs, len(x))
	for i := range out {
		out[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	return out
}

func enumerate(values []float64) plotter.XYs {
	out := make(plotter.XYs, len(values))
	for i, v := range values {
		out[i] = plotter.XY{X: float64(i + 1), Y: v}
	}
	return out
}

// wideChart draws curves over the whole width.
func wideChart(x, y string, curves []curve, lo, hi float64) (*chart, error) {
	p := newPlot(x, y)
	for _, c := range curves {
		if err := addLine(p, c, nil); err != nil {
			return nil, err
		}
	}
	p.Y.Min, p.Y.Max = lo, hi+0.4*(hi-lo) // room for the legend
	p.Y.Tick.Marker, p.X.Tick.Marker = roundTicks(lo, hi, 4), roundTicks(p.X.Min, p.X.Max, 8)
	return sized(p, 7.6*vg.Inch, 2.8*vg.Inch)
}

// roundTicks marks round numbers from lo to hi, n of them or a few more.
func roundTicks(lo, hi, n float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	step := roundStep((hi - lo) / n)
	for k := math.Ceil(lo / step); k*step <= hi+step/1e6; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: fmt.Sprintf("%.4g", k*step)})
	}
	return ticks
}

// roundStep returns 1, 2, 2.5 or 5 times a power of ten, the largest that is not
// above x.
func roundStep(x float64) float64 {
	if !(x > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, k := range []float64{5, 2.5, 2} {
		if k*power <= x*(1+1e-9) {
			return k * power
		}
	}
	return power
}
