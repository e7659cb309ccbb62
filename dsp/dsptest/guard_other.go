//go:build !linux

package dsptest

import "testing"

// Guarded returns n zero values. Only Linux has the guard pages.
func Guarded[T any](t testing.TB, n int, _ bool) []T {
	t.Helper()
	return make([]T, n)
}
