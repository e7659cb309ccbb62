//go:build !linux

package config

// CheckAccess has nothing to check: the service runs on Linux.
func (*Config) CheckAccess(string) error { return nil }
