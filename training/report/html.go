package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageSource string

// page is the page; its script and style hold nothing of a study.
var page = template.Must(template.New("page").Parse(pageSource))

// maxPage bounds the page: it goes by mail.
const maxPage = 12 << 20

// HTML writes the page as one self-contained file.
func (p *Page) HTML(w io.Writer) error {
	var text strings.Builder
	if err := page.Execute(&text, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if text.Len() > maxPage {
		return fmt.Errorf("report: the page has %d bytes, more than %d", text.Len(), maxPage)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
