package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/auscult/auscult/training/report/content"
)

// network draws the layers from input to output: a bar's height is the number
// of values between two layers on a logarithmic scale, its width the same for
// all.
func network(s *content.Study) inline {
	const height, top, gap = 150.0, 26.0, 6.0
	n := len(s.Layers)
	step := math.Min(74, 920/float64(n))
	most, least := 1, math.MaxInt
	for _, l := range s.Layers {
		most, least = max(most, l.Values), min(least, l.Values)
	}
	var b strings.Builder
	width := step*float64(n) + gap
	fmt.Fprintf(&b, `<svg class="network" viewBox="0 0 %.0f %.0f" width="%.0f" role="img" aria-label="%d layers of the network, from %d values through %d">`,
		width, top+height+64, width, n, s.Layers[0].Values, least)
	for i, l := range s.Layers {
		h := height * (0.12 + 0.88*math.Log(float64(l.Values))/math.Log(float64(max(most, 2))))
		x, y := gap+step*float64(i), top+(height-h)/2
		class := "n"
		if l.Values == least {
			class = "n least"
		}
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" class="%s"/>`, x, y, step-gap, h, class)
		mid := x + (step-gap)/2
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" class="x">%s</text>`, mid, top-8, shapeText(l.Shape))
		for line, text := range layerLines(&l) {
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" class="x">%s</text>`,
				mid, top+height+14+13*float64(line), template.HTMLEscapeString(text))
		}
	}
	b.WriteString("</svg>")
	return inline(b.String())
}

// shapeText writes a shape without the batch: 64×32×32.
func shapeText(shape []int) string {
	if len(shape) > 1 && shape[0] == 1 {
		shape = shape[1:]
	}
	for len(shape) > 1 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

var opNames = map[string]string{
	"INPUT": "input", "FULLY_CONNECTED": "dense", "CONV_2D": "conv", "DEPTHWISE_CONV_2D": "depthwise",
	"TRANSPOSE_CONV": "deconv", "LOGISTIC": "sigmoid", "RESHAPE": "reshape", "AVERAGE_POOL_2D": "pool", "ADD": "add",
	"PAD": "pad", "TILE": "tile", "QUANTIZE": "quantise",
}

func opName(op string) string {
	if name, ok := opNames[op]; ok {
		return name
	}
	return strings.ToLower(op)
}

func layerLines(l *content.Layer) []string {
	lines := []string{opName(l.Op)}
	if l.Params > 0 {
		lines = append(lines, short(l.Params)+" par.")
	}
	if l.Params > 0 && l.MACs > 0 {
		lines = append(lines, short(l.MACs)+" MAC")
	}
	return lines
}

// short writes a count with k, M or G.
func short(n int64) string {
	for _, u := range []struct {
		size float64
		unit string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v := float64(n) / u.size; v >= 1 {
			return fmt.Sprintf("%.3g%s", v, u.unit)
		}
	}
	return fmt.Sprint(n)
}
