package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/training/report"
	"github.com/auscult/auscult/training/report/content"
)

// reportFormats are what a report can be written as, and what --out ends in then. Tables are a folder of files.
var reportFormats = []string{"html", "md", "json", "csv", "parquet"}

// tablesEnd is what the folder of tables ends in.
const tablesEnd = ".tables"

// files returns what is to be written in each format: named as --out is, but for the ending.
func (c *reportCommand) files() (map[string]string, error) {
	base := c.Out
	ending := filepath.Ext(base)
	if slices.Contains(append([]string{"htm"}, reportFormats...), strings.TrimPrefix(ending, ".")) {
		base = strings.TrimSuffix(base, ending)
	}
	files := map[string]string{}
	for _, format := range c.Format {
		switch {
		case !slices.Contains(reportFormats, format):
			return nil, usageError{fmt.Errorf("report: --format %q: use some of %s", format, strings.Join(reportFormats, ", "))}
		case format == "csv", format == "parquet":
			files[format] = base + tablesEnd
		case format == "html" && !strings.HasSuffix(c.Out, ".md") && !strings.HasSuffix(c.Out, ".json"):
			files[format] = c.Out
		default:
			files[format] = base + "." + format
		}
	}
	if len(files) == 0 {
		return nil, usageError{errors.New("report: --format: name one at least")}
	}
	return files, nil
}

// outputs are what the command writes.
func (c *reportCommand) outputs(files map[string]string) (all []output) {
	for _, format := range reportFormats {
		folder := format == "csv" || format == "parquet"
		if path := files[format]; path != "" && !(format == "parquet" && files["csv"] == path) {
			all = append(all, output{flag: "--out", path: path, ending: ".html", folder: folder, bytes: pageBytes})
		}
	}
	return append(all, output{flag: "--keep", path: c.Keep, folder: true})
}

// writeReport writes a study in some formats, and returns what was written.
func writeReport(files map[string]string, s *content.Study) (written []string, err error) {
	page, err := report.Compose(s)
	if err != nil {
		return nil, err
	}
	for _, format := range reportFormats {
		path := files[format]
		if path == "" {
			continue
		}
		write := page.HTML
		switch format {
		case "md":
			write = page.Markdown
		case "json":
			write = func(w io.Writer) error { return json.NewEncoder(w).Encode(s) }
		case "csv", "parquet":
			if err := writeTables(path, format, page); err != nil {
				return written, err
			}
			if !slices.Contains(written, path) {
				written = append(written, path)
			}
			continue
		}
		if err := atomicfile.Write(path, 0o644, write); err != nil {
			return written, fmt.Errorf("write %s: %w", path, err)
		}
		written = append(written, path)
	}
	return written, nil
}

// writeTables writes each table of a page into a folder, as a file of a format.
func writeTables(dir, format string, page *report.Page) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, t := range page.Tables() {
		path := filepath.Join(dir, t.Name+"."+format)
		write := t.CSV
		if format == "parquet" {
			write = t.Parquet
		}
		if err := atomicfile.Write(path, 0o644, write); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}
