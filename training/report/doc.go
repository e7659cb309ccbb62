// Package report writes one self-contained HTML page that says what was
// learned, how well it tells normal from abnormal, and where in frequency.
//
// # Formats
//
// The page needs no network and no script: style, text and charts (SVG, made by
// gonum/plot) are in the file. It follows the reader's light or dark setting
// and prints.
package report
