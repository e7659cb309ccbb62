// Package report writes one self-contained HTML page that says what was
// learned, how well it tells normal from abnormal, where it fails, and why it
// was built so.
//
// # Concepts
//
// A page begins with a verdict of one screen: what was heard, missed and falsely called, how many
// false alarms are to be expected, and what to do next. Evidence follows, then reasons. A statistic
// has one value in all of these.
//
// # Formats
//
// The page needs no network: style, text, charts (SVG, made by gonum/plot), spectrograms (PNG within
// an SVG that has the axes) and sounds (WAV) are in the file, and it forbids the browser to fetch
// anything. One script of a few lines enlarges pictures and moves a line with what is played; without
// it all the rest is there. It follows the reader's light or dark setting, fits a phone and prints.
// Everything that it shows comes from a content.Study; what a study lacks is left out or said to be missing.
//
// # Limits
//
// A page of more than 12 MiB is an error. It lists at most 1,000 clips and 20
// warnings.
package report
