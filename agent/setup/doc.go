// Package setup builds the pipeline that a node gives to one of its sources from a
// model and what the configuration says of it.
//
// # Concepts
//
// The node, a replay, an evaluation and the estimate of false alarms all build their
// pipelines here, so that they decide alike. The package knows neither the file that
// the configuration is written in, nor the sensors, the queue of alerts or the broker:
// whoever only counts events does not link them.
//
// # Concurrency
//
// A pipeline belongs to the goroutine that runs it. Several may share a model and
// readings.
package setup
