package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"

	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// scale maps levels to the 256 colours of a picture.
type scale struct {
	colors color.Palette
	lo, hi float64 // dB
}

// newScale samples a colour map.
func newScale(m palette.ColorMap, lo, hi float64) (scale, error) {
	m.SetMin(0)
	m.SetMax(1)
	s := scale{lo: lo, hi: hi}
	for i := range 256 {
		c, err := m.At(float64(i) / 255)
		if err != nil {
			return s, fmt.Errorf("report: colours: %w", err)
		}
		s.colors = append(s.colors, c)
	}
	return s, nil
}

// soundScale spans the levels of pictures that are shown together.
func soundScale(pictures ...[]float32) (scale, error) {
	var some []float64
	for _, p := range pictures {
		for i := 0; i < len(p); i += 7 {
			some = append(some, float64(p[i]))
		}
	}
	lo, hi := metrics.Quantile(some, 0.01), metrics.Quantile(some, 0.999)
	if !(hi-lo > 1) {
		lo, hi = lo-1, lo+1
	}
	return newScale(moreland.ExtendedBlackBody(), math.Floor(lo), math.Ceil(hi))
}

// residualScale is symmetric, at least 10 dB to either side.
func residualScale(residual []float32) (scale, error) {
	some := make([]float64, 0, len(residual)/3+1)
	for i := 0; i < len(residual); i += 3 {
		some = append(some, math.Abs(float64(residual[i])))
	}
	top := 10.0
	if len(some) > 0 {
		top = math.Ceil(max(top, metrics.Quantile(some, 0.995)))
	}
	return newScale(moreland.SmoothBlueRed(), -top, top)
}

// index returns the colour of a level.
func (s *scale) index(db float32) uint8 {
	return uint8(max(0, min(255, math.Round(255*(float64(db)-s.lo)/(s.hi-s.lo)))))
}

// pngURL returns cells, frame after frame, as a picture with time to the right
// and frequency upwards.
func pngURL(cells []float32, frames, bands int, s *scale) (string, error) {
	img := image.NewPaletted(image.Rect(0, 0, frames, bands), s.colors)
	for t := range frames {
		for b := range bands {
			img.Pix[(bands-1-b)*img.Stride+t] = s.index(cells[t*bands+b])
		}
	}
	return encodePNG(img)
}

func encodePNG(img image.Image) (string, error) {
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&buf, img); err != nil {
		return "", fmt.Errorf("report: picture: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

// panel is one picture with its axes.
type panel struct {
	title string
	cells []float32
	scale scale
}

// Sizes of a panel in the SVG's units.
const (
	panelWidth, panelHeight = 236, 170
	panelLeft, panelRight   = 44, 8
	panelTop, panelBottom   = 20, 52
)

// strip draws panels beside each other that share frames and bands, each an element of its own, so that
// they stand one below the other where the page is narrow.
func (d *drawer) strip(p *content.Picture, panels ...panel) (inline, error) {
	var b strings.Builder
	const width, height = panelLeft + panelWidth + panelRight, panelTop + panelHeight + panelBottom
	for i := range panels {
		pn := &panels[i]
		url, err := pngURL(pn.cells, p.Frames, p.Bands, &pn.scale)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, `<svg class="spectrogram" viewBox="0 0 %d %d" width="%d" role="img" aria-label="%s">`,
			width, height, width, template.HTMLEscapeString(d.alt(p, pn)))
		fmt.Fprintf(&b, `<text x="%d" y="13" class="t">%s</text>`, panelLeft, template.HTMLEscapeString(pn.title))
		fmt.Fprintf(&b, `<image href="%s" x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none"/>`,
			url, panelLeft, panelTop, panelWidth, panelHeight)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" class="f"/>`, panelLeft, panelTop, panelWidth, panelHeight)
		fmt.Fprintf(&b, `<line class="now" x1="%d" x2="%d" y1="%d" y2="%d" data-x="%d" data-w="%d"/>`,
			panelLeft, panelLeft, panelTop, panelTop+panelHeight, panelLeft, panelWidth)
		d.axes(&b, p, panelLeft)
		if err := key(&b, &pn.scale, panelLeft); err != nil {
			return "", err
		}
		b.WriteString("</svg>")
	}
	return inline(b.String()), nil
}

// alt says what a panel shows.
func (d *drawer) alt(p *content.Picture, pn *panel) string {
	loudest, most := 0, math.Inf(-1)
	for band := range p.Bands {
		sum := 0.0
		for t := range p.Frames {
			sum += float64(pn.cells[t*p.Bands+band])
		}
		if sum > most {
			loudest, most = band, sum
		}
	}
	text := fmt.Sprintf("%s of %s: %.1f s, %.0f to %.0f Hz",
		pn.title, p.File, float64(p.Frames)*d.hopS, d.centre[0], d.top)
	if p.Frames > 0 {
		text += fmt.Sprintf(", strongest at %.0f Hz with %.0f dB on average", d.centre[loudest], most/float64(p.Frames))
	}
	return text
}

// axes draws the marks of a panel whose picture begins at x.
func (d *drawer) axes(b *strings.Builder, p *content.Picture, x int) {
	for _, hz := range []float64{250, 500, 1000, 2000, 4000, 8000, 16000} {
		at, ok := d.bandOf(hz)
		if !ok {
			continue
		}
		y := panelTop + panelHeight*(1-at/float64(p.Bands))
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="l"/><text x="%d" y="%.1f" class="y">%s</text>`,
			x-4, x, y, y, x-6, y+3, axisLabel(hz))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" class="y">Hz</text>`, x-6, panelTop-6)
	seconds := float64(p.Frames) * d.hopS
	step := 1.0
	for _, s := range []float64{0.2, 0.5, 1, 2, 5} {
		if step = s; seconds/s <= 6 {
			break
		}
	}
	for at := 0.0; at <= seconds*1.001; at += step {
		px := float64(x) + panelWidth*at/seconds
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="l"/><text x="%.1f" y="%d" class="x">%.3g</text>`,
			px, px, panelTop+panelHeight, panelTop+panelHeight+4, px, panelTop+panelHeight+14, p.StartS+at)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" class="y">s</text>`, x-6, panelTop+panelHeight+14)
}

// key draws what the colours stand for below the panel at x.
func key(b *strings.Builder, s *scale, x int) error {
	img := image.NewPaletted(image.Rect(0, 0, 256, 1), s.colors)
	for i := range 256 {
		img.Pix[i] = uint8(i)
	}
	url, err := encodePNG(img)
	if err != nil {
		return err
	}
	const y = panelTop + panelHeight + 22
	fmt.Fprintf(b, `<image href="%s" x="%d" y="%d" width="%d" height="7" preserveAspectRatio="none"/>`,
		url, x, y, panelWidth)
	for i, at := range []float64{s.lo, (s.lo + s.hi) / 2, s.hi} {
		anchor := []string{"start", "middle", "end"}[i]
		unit := []string{"", "", " dB"}[i]
		fmt.Fprintf(b, `<text x="%d" y="%d" style="text-anchor:%s" class="k">%.3g%s</text>`,
			x+i*panelWidth/2, y+19, anchor, at, unit)
	}
	return nil
}

// drawer knows the axes that all pictures share.
type drawer struct {
	centre []float64 // Hz of each band
	top    float64   // Hz, upper end of the axis
	hopS   float64
}

func newDrawer(s *content.Study) *drawer {
	p := s.Settings.Profile
	d := &drawer{centre: make([]float64, p.Bands), hopS: float64(p.HopLength) / float64(p.SampleRateHz)}
	for b := range d.centre {
		lo, hi := s.Model.BandHz(b)
		d.centre[b] = (lo + hi) / 2
	}
	d.top = p.MaxHz
	return d
}

// bandOf returns where a frequency lies on the axis of bands, 0 at the lower
// edge of the lowest.
func (d *drawer) bandOf(hz float64) (float64, bool) {
	last := len(d.centre) - 1
	if last < 1 || hz < d.centre[0] || hz > d.top {
		return 0, false
	}
	for b := range last {
		if hz <= d.centre[b+1] {
			return float64(b) + 0.5 + (hz-d.centre[b])/(d.centre[b+1]-d.centre[b]), true
		}
	}
	return float64(last) + 1, true
}

// scales are shared by the pictures of a group, so that they can be compared.
type scales struct{ sound, residual scale }

// sharedScales returns the scales of some pictures.
func sharedScales(pictures []*content.Picture) (s scales, err error) {
	var sounds [][]float32
	var residuals []float32
	for _, p := range pictures {
		sounds = append(sounds, p.Input)
		if p.Restored != nil {
			sounds = append(sounds, p.Restored)
			residuals = append(residuals, residualOf(p)...)
		}
	}
	if s.sound, err = soundScale(sounds...); err != nil {
		return s, err
	}
	s.residual, err = residualScale(residuals)
	return s, err
}

// residualOf returns input less reconstruction.
func residualOf(p *content.Picture) []float32 {
	residual := make([]float32, len(p.Input))
	for i := range residual {
		residual[i] = p.Input[i] - p.Restored[i]
	}
	return residual
}

// triptych shows input, reconstruction and residual.
func (d *drawer) triptych(p *content.Picture, s *scales) (inline, error) {
	return d.strip(p, panel{title: "heard", cells: p.Input, scale: s.sound},
		panel{title: "reconstructed", cells: p.Restored, scale: s.sound},
		panel{title: "residual", cells: residualOf(p), scale: s.residual})
}
