// Package dsp computes streaming fixed-point log-mel frames.
package dsp
