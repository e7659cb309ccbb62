package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the page as text, for a ticket or a wiki: all that it says and its tables; of the pictures
// what they show.
func (p *Page) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s · model %.12s · learned data %.12s · seed %d\n\n**%s**\n\n", line(p.Title),
		line(p.Settings.Provenance.Tool), p.Model.Hash(), p.Settings.Provenance.DataSHA256, p.Settings.Provenance.Seed,
		line(p.Verdict.Text))
	for _, c := range p.Verdict.Cards {
		fmt.Fprintf(&b, "- **%s** %s\n", line(c.Value), line(c.Label))
	}
	b.WriteString("\n## What to do next\n\n")
	for i, step := range p.Verdict.Next {
		fmt.Fprintf(&b, "%d. %s\n", i+1, line(step))
	}
	for _, part := range p.Parts {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", line(part.Title), line(part.Lead))
		if part.ID == evidence {
			for _, warning := range p.Warnings {
				fmt.Fprintf(&b, "\n> %s\n", line(warning))
			}
		}
		for i := range part.Sections {
			part.Sections[i].markdown(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *section) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n", line(s.Title))
	for i := range s.Blocks {
		k := &s.Blocks[i]
		if k.Heading != "" {
			fmt.Fprintf(b, "\n#### %s\n", line(k.Heading))
		}
		if k.Text != "" {
			fmt.Fprintf(b, "\n%s\n", line(k.Text))
		}
		for _, f := range k.Figures {
			fmt.Fprintf(b, "\n*Picture: %s*\n", line(f.Caption))
		}
		if k.Table != nil {
			k.Table.markdown(b)
		}
		if len(k.List) > 0 {
			b.WriteByte('\n')
		}
		for _, item := range k.List {
			fmt.Fprintf(b, "- %s\n", line(item))
		}
	}
}

func (t *table) markdown(b *strings.Builder) {
	rows := t.texts()
	if len(rows) == 0 {
		return
	}
	b.WriteByte('\n')
	for i, row := range rows {
		for _, text := range row {
			fmt.Fprintf(b, "| %s ", line(text))
		}
		b.WriteString("|\n")
		if i > 0 {
			continue
		}
		for k := range row {
			if k < len(t.Head) && t.Head[k].Number {
				b.WriteString("|---:")
			} else {
				b.WriteString("|---")
			}
		}
		b.WriteString("|\n")
	}
}

// texts returns the table's rows, the head first. One without a head has empty names.
func (t *table) texts() (rows [][]string) {
	names := make([]string, len(t.Head))
	for i, c := range t.Head {
		names[i] = c.Text
	}
	if len(t.Head) == 0 && len(t.Rows) > 0 {
		names = make([]string, len(t.Rows[0]))
	}
	rows = append(rows, names)
	for _, row := range t.Rows {
		texts := make([]string, len(row))
		for i, c := range row {
			texts[i] = c.Text
		}
		rows = append(rows, texts)
	}
	return rows
}

// escapes are what would be markup in a text of ours or in a file's name.
var escapes = strings.NewReplacer("\\", "\\\\", "|", "\\|", "*", "\\*", "_", "\\_", "<", "\\<", "`", "\\`", "[", "\\[",
	"\n", " ", "\r", " ")

// line writes a text as it is, in one line.
func line(text string) string { return escapes.Replace(text) }
