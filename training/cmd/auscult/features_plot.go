package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/auscult/auscult/dsp"
)

const (
	plotWidth, plotHeight = 24 * vg.Centimeter, 12 * vg.Centimeter
	plotDPI               = 120
	// plotColumns is below the pixels of a picture; longer clips show the loudest of
	// several frames, so that a click does not vanish.
	plotColumns = 800
	// plotRangeDB is how far below the loudest cell colours reach, at most.
	plotRangeDB = 90
)

// spectrogram is a picture's content: levels in dB, one row per band.
type spectrogram struct {
	rows           []float32 // bands x columns
	bands, columns int
	firstS, stepS  float64 // centre of the first column, distance of two
	lowest         float64 // dB, of the colours
}

// plotter.GridXYZ: columns by time, rows by band.

func (s *spectrogram) Dims() (columns, rows int) {
	return s.columns, s.bands
}
func (s *spectrogram) X(column int) float64 { return s.firstS + s.stepS*float64(column) }
func (s *spectrogram) Y(row int) float64    { return float64(row) }
func (s *spectrogram) Z(column, row int) float64 {
	return max(s.lowest, float64(s.rows[row*s.columns+column]))
}

// hertzTicks labels the bands' axis with round frequencies. hz holds the bands'
// centres.
type hertzTicks struct{ hz []float64 }

func (h hertzTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	apart := (high - low) / 16
	for decade := 1.0; decade <= 1e6; decade *= 10 {
		for _, digit := range []float64{1, 2, 5} {
			hz := digit * decade
			at, ok := h.position(hz)
			if !ok || len(ticks) > 0 && at-ticks[len(ticks)-1].Value < apart {
				continue
			}
			ticks = append(ticks, plot.Tick{Value: at, Label: strconv.FormatFloat(hz, 'f', -1, 64)})
		}
	}
	return ticks
}

// position returns where a frequency lies between the bands' centres.
func (h hertzTicks) position(hz float64) (float64, bool) {
	for i := 1; i < len(h.hz); i++ {
		if hz >= h.hz[i-1] && hz <= h.hz[i] {
			return float64(i-1) + (hz-h.hz[i-1])/(h.hz[i]-h.hz[i-1]), true
		}
	}
	return 0, false
}

// roundTicks labels an axis with about count round numbers.
func roundTicks(count float64) plot.TickerFunc {
	return func(low, high float64) []plot.Tick {
		step := math.Pow(10, math.Floor(math.Log10((high-low)/count)))
		for _, factor := range []float64{5, 2} {
			if (high-low)/(step*factor) >= count {
				step *= factor
				break
			}
		}
		var ticks []plot.Tick
		for k := math.Ceil(low / step); k*step <= high+step*1e-9; k++ {
			label := strconv.FormatFloat(math.Round(k*step*1e6)/1e6, 'f', -1, 64)
			ticks = append(ticks, plot.Tick{Value: k * step, Label: label})
		}
		return ticks
	}
}

// panel is one picture of a sheet.
type panel struct {
	title     string
	rows      []float32 // bands x columns levels in dB
	low, high float64   // of the colours
	colours   palette.ColorMap
	unit      string
}

// soundPanel shows levels from the loudest downwards.
func soundPanel(title string, rows []float32) panel {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range rows {
		if v == v { // no gap
			low, high = min(low, float64(v)), max(high, float64(v))
		}
	}
	low = max(low, high-plotRangeDB)
	if !(high-low >= 1) {
		high = low + 1 // silence has one level; colours need a range
	}
	return panel{title, rows, low, high, moreland.ExtendedBlackBody(), "dB re full scale"}
}

// writePlot writes panels one below the other as a PNG; each column is of so many pooled frames.
func writePlot(w io.Writer, p dsp.Profile, pooled int, panels ...panel) error {
	front, err := dsp.NewFrontEnd(p)
	if err != nil {
		return err
	}
	centres := make([]float64, p.Bands)
	for b := range centres {
		_, centres[b], _ = front.BandHz(b)
	}
	hopS := float64(p.HopLength) / float64(p.SampleRateHz)
	high := plotHeight * vg.Length(len(panels))
	canvas := vgimg.NewWith(vgimg.UseWH(plotWidth, high), vgimg.UseDPI(plotDPI))
	const margin, barWidth = 2 * vg.Millimeter, 24 * vg.Millimeter
	for i := range panels {
		of := &panels[i]
		grid := &spectrogram{
			rows: of.rows, bands: p.Bands, columns: len(of.rows) / p.Bands, lowest: of.low,
			stepS:  hopS * float64(pooled),
			firstS: (float64(p.FrameLength)/2 + float64(p.HopLength*(pooled-1))/2) / float64(p.SampleRateHz),
		}
		picture, scale := of.draw(grid, centres)
		top := vg.Length(i) * plotHeight
		whole := draw.Crop(draw.New(canvas), margin, -margin, high-top-plotHeight+margin, -top-margin)
		picture.Draw(draw.Crop(whole, 0, -barWidth-margin, 0, 0))
		scale.Draw(draw.Crop(whole, plotWidth-2*margin-barWidth, 0, 0, 0))
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(w, fewColours(canvas.Image(), panels)); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}

// Colours of a picture: of each scale, and from black to white. Sound is restless, so that a picture of many colours
// takes several times the space of one of few, and nobody sees the difference.
const (
	scaleColours = 64
	greys        = 16
)

// fewColours returns a picture with the colours of its panels' scales.
func fewColours(img image.Image, panels []panel) image.Image {
	var few color.Palette
	for i := range greys {
		few = append(few, color.Gray{Y: uint8(i * 255 / (greys - 1))})
	}
	for i := range panels {
		if i > 0 && panels[i].unit == panels[i-1].unit {
			continue // the same scale
		}
		few = append(few, panels[i].colours.Palette(scaleColours).Colors()...)
	}
	out := image.NewPaletted(img.Bounds(), few)
	known := map[color.Color]uint8{}
	for y := out.Rect.Min.Y; y < out.Rect.Max.Y; y++ {
		for x := out.Rect.Min.X; x < out.Rect.Max.X; x++ {
			c := img.At(x, y)
			at, ok := known[c]
			if !ok {
				at = uint8(few.Index(c))
				known[c] = at
			}
			out.SetColorIndex(x, y, at)
		}
	}
	return out
}

// draw returns a panel's picture and the scale of its colours.
func (of *panel) draw(grid *spectrogram, centres []float64) (picture, scale *plot.Plot) {
	of.colours.SetMin(of.low)
	of.colours.SetMax(of.high)
	heat := plotter.NewHeatMap(grid, of.colours.Palette(255))
	heat.Min, heat.Max, heat.Rasterized = of.low, of.high, true
	heat.NaN = color.Gray{Y: 0xb0} // a gap: no colour of the palette

	picture = plot.New()
	picture.Title.Text = of.title
	picture.X.Label.Text = "s"
	picture.Y.Label.Text = "Hz"
	picture.X.Tick.Marker = roundTicks(8)
	picture.Y.Tick.Marker = hertzTicks{centres}
	picture.Add(heat)
	scale = plot.New()
	scale.Title.Text = " " // as high as the picture's
	scale.X.Label.Text = " "
	scale.Y.Label.Text = of.unit
	scale.X.Tick.Marker = plot.ConstantTicks{{Value: 0.5, Label: " "}}
	scale.X.Tick.Length, scale.X.Width = 0, 0
	scale.Y.Tick.Marker = roundTicks(6)
	scale.Add(&plotter.ColorBar{ColorMap: of.colours, Vertical: true})
	return picture, scale
}
