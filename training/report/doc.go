// Package report writes one self-contained HTML page that says what was
// learned, how well it tells normal from abnormal, where it fails, and why it
// was built so.
//
// # Formats
//
// The page needs no network and no script: style, text, charts (SVG, made by
// gonum/plot), spectrograms (PNG within an SVG that has the axes) are in the file. It
// follows the reader's light or dark setting and prints. Everything that it shows
// comes from a content.Study; what a study lacks is left out or said to be missing.
//
// # Limits
//
// A page of more than 5 MiB is an error. It lists at most 1,000 clips and 20
// warnings.
package report
