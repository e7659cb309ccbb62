package recording

import "github.com/auscult/auscult/training/recording/table"

// Table says how a table was understood; nil for what is none. It follows Choose.
func (r *Recording) Table() *table.Reading {
	t, ok := r.content.(*table.Reader)
	if !ok {
		return nil
	}
	reading := t.Reading()
	return &reading
}
