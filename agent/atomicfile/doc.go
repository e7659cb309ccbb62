// Package atomicfile writes a file so that its name never stands for half of
// the content: after a power cut the old file is there or the new one.
package atomicfile
