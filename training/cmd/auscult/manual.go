package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/auscult/auscult/agent/atomicfile"
)

type manualCommand struct {
	Format string `enum:"man,markdown" default:"man" help:"man: pages for man(1); markdown: pages to read."`
	Out    string `arg:"" type:"path" help:"The folder to write the pages to."`
}

// Run writes a page about the program, and one about each command: from the same source as --help.
func (c *manualCommand) Run(k *kong.Kong) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("manual: %w", err)
	}
	page, ending := manPage, ".1"
	if c.Format == "markdown" {
		page, ending = markdownPage, ".md"
	}
	root := k.Model.Node
	for _, node := range append([]*kong.Node{root}, root.Leaves(true)...) {
		path := filepath.Join(c.Out, pageName(node)+ending)
		if err := atomicfile.Write(path, 0o644, func(w io.Writer) error { return page(w, node) }); err != nil {
			return fmt.Errorf("manual: %w", err)
		}
	}
	return nil
}

// pageName is auscult-spool-ls for 'auscult spool ls'.
func pageName(node *kong.Node) string {
	if node.Type == kong.ApplicationNode {
		return node.Name
	}
	return pageName(node.Parent) + "-" + node.Name
}

// commandName is 'auscult spool ls'.
func commandName(node *kong.Node) string { return strings.ReplaceAll(pageName(node), "-", " ") }

// synopsis is how a command is called.
func synopsis(node *kong.Node) string {
	if node.Type == kong.ApplicationNode {
		return "auscult <command> [flags]"
	}
	return "auscult " + node.Summary()
}

// described returns a command's text and its examples, which stand at its end.
func described(node *kong.Node) (text, examples string) {
	detail := node.Detail
	if node.Type == kong.ApplicationNode {
		return node.Help, ""
	}
	text, examples, _ = strings.Cut(detail, "Example:\n")
	return strings.TrimSpace(text), strings.TrimRight(examples, "\n")
}

// ownFlags are those that a command has, without what each has.
func ownFlags(node *kong.Node) []*kong.Flag {
	var list []*kong.Flag
	for _, f := range node.Flags {
		if !f.Hidden && f.Name != "help" {
			list = append(list, f)
		}
	}
	return list
}

// markdownPage writes a page for people.
func markdownPage(w io.Writer, node *kong.Node) error {
	var b strings.Builder
	text, examples := described(node)
	fmt.Fprintf(&b, "# %s\n\n", commandName(node))
	if node.Type != kong.ApplicationNode {
		fmt.Fprintf(&b, "%s\n\n", plainText(node.Help))
	}
	fmt.Fprintf(&b, "```\n%s\n```\n\n", synopsis(node))
	if text != "" {
		fmt.Fprintf(&b, "%s\n\n", plainText(text))
	}
	if examples != "" {
		fmt.Fprintf(&b, "## Examples\n\n```sh\n%s\n```\n\n", unindented(examples))
	}
	if len(node.Positional) > 0 {
		b.WriteString("## Arguments\n\n| argument | |\n|---|---|\n")
		for _, p := range node.Positional {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(p.Summary(), "|", `\|`), cell(p.Help))
		}
		b.WriteString("\n")
	}
	if flags := ownFlags(node); len(flags) > 0 {
		b.WriteString("## Flags\n\n| flag | |\n|---|---|\n")
		for _, f := range flags {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(f.Summary(), "|", `\|`), cell(f.Help))
		}
		b.WriteString("\n")
	}
	if node.Type == kong.ApplicationNode {
		b.WriteString("## Commands\n\n| command | |\n|---|---|\n")
		for _, leaf := range node.Leaves(true) {
			fmt.Fprintf(&b, "| [`%s`](%s.md) | %s |\n", commandName(leaf), pageName(leaf), cell(leaf.Help))
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// plainText keeps what looks like a tag from being one.
func plainText(s string) string { return strings.NewReplacer("<", "&lt;", "*", `\*`).Replace(s) }

// cell is a text in a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(plainText(s))
}

func unindented(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

// manPage writes a page for man(1).
func manPage(w io.Writer, node *kong.Node) error {
	var b strings.Builder
	text, examples := described(node)
	summary := node.Help
	if node.Type == kong.ApplicationNode {
		summary, text, _ = strings.Cut(text, "\n\n")
	}
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"auscult %s\"\n", strings.ToUpper(pageName(node)), troff(buildVersion()))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", troff(pageName(node)), troff(strings.TrimSuffix(summary, ".")))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", troff(synopsis(node)))
	if text != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", troff(strings.ReplaceAll(text, "\n\n", "\n")))
	}
	option := func(name, help string) { fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", troff(name), troff(help)) }
	if flags := ownFlags(node); len(flags)+len(node.Positional) > 0 {
		b.WriteString(".SH OPTIONS\n")
		for _, p := range node.Positional {
			option(p.Summary(), p.Help)
		}
		for _, f := range flags {
			option(f.Summary(), f.Help)
		}
	}
	if node.Type == kong.ApplicationNode {
		b.WriteString(".SH COMMANDS\n")
		for _, leaf := range node.Leaves(true) {
			option(commandName(leaf), leaf.Help)
		}
	}
	if examples != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", troff(examples))
	}
	also := ".BR auscultd (8)"
	if node.Type != kong.ApplicationNode {
		also = ".BR auscult (1),\n" + also
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", also)
	_, err := io.WriteString(w, b.String())
	return err
}

// troff writes a text so that it is printed as it stands.
func troff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
