//go:build !linux

package spool

func (f osFile) sync() error { return f.Sync() }

func (osFile) scattered() {}

func (osFile) reserve(int64) {}
