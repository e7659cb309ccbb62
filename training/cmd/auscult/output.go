package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// printJSON prints what --json asks for, for people to read as well.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print as JSON: %w", err)
	}
	return nil
}

// printJSONList prints what printJSON would if v, in which the list of that name is empty, had these items: they
// may be so many that all of them together, in words, would not fit into the memory.
func printJSONList(w io.Writer, v any, name string, items iter.Seq[any]) error {
	var text bytes.Buffer
	if err := printJSON(&text, v); err != nil {
		return err
	}
	// Only here can this stand: within strings a line's end is written as \n.
	before, after, found := bytes.Cut(text.Bytes(), fmt.Appendf(nil, "\n  %q: []", name))
	if !found {
		panic("output: there is no empty list " + name)
	}
	out := bufio.NewWriter(w) // keeps the first error
	_, _ = out.Write(before)
	fmt.Fprintf(out, "\n  %q: [", name)
	end := ""
	for item := range items {
		line, err := json.MarshalIndent(item, "    ", "  ")
		if err != nil {
			return fmt.Errorf("print as JSON: %w", err)
		}
		fmt.Fprintf(out, "%s\n    %s", end, line)
		end = ","
	}
	if end != "" {
		fmt.Fprint(out, "\n  ")
	}
	fmt.Fprintf(out, "]")
	_, _ = out.Write(after)
	return out.Flush()
}
