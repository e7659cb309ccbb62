//go:build !linux

package main

// freeBytes returns what may still be written in a folder: this system is not asked.
func freeBytes(string) (n uint64, known bool) { return 0, false }
