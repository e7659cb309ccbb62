package report

import (
	"encoding/base64"
	"html/template"

	"github.com/auscult/auscult/training/report/content"
)

// soundOf returns what a picture shows, to listen to; nil where it is not at hand.
func soundOf(p *content.Picture) *sound {
	if len(p.WAV) == 0 {
		return nil
	}
	url := "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(p.WAV)
	return &sound{URL: template.URL(url), GainDB: p.GainDB} //nolint:gosec // base64
}
