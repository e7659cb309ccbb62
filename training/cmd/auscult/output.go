package main

import (
	"encoding/json"
	"fmt"
	"io"
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
