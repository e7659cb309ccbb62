package main

import (
	"bytes"
	"testing"
)

// TestJSONList prints a list item by item: the bytes are those of the whole.
func TestJSONList(t *testing.T) {
	type item struct {
		Name  string    `json:"name"`
		Parts []float64 `json:"parts"`
	}
	type whole struct {
		Text  string  `json:"text"`
		Clips []*item `json:"clips"`
		Last  int     `json:"last"`
	}
	for n := range 4 {
		v := whole{Text: "a\n  \"clips\": []<b>", Clips: []*item{}, Last: n}
		all := []*item{{Name: "x < y"}, {"", []float64{}}, {"z", []float64{1, 2.5}}}[:n]
		var got, want bytes.Buffer
		err := printJSONList(&got, v, "clips", func(yield func(any) bool) {
			for _, c := range all {
				if !yield(c) {
					return
				}
			}
		})
		v.Clips = all
		if other := printJSON(&want, v); err != nil || other != nil || got.String() != want.String() {
			t.Errorf("%d items (%v):\n%s\nwant\n%s", n, err, &got, &want)
		}
	}
}
