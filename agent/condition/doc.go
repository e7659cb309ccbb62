// Package condition keeps the operating conditions of machines, such as a speed, that
// a model takes beside the sound.
//
// # Concepts
//
// An Input says where a condition comes from: a fixed value, or an MQTT topic whose
// payload is a number, or a JSON object that holds one. Readings keeps the latest
// value of each topic with the time when it came. A value that never came, or is too
// old, is an error: a model that is told the wrong speed takes the machine for another.
//
// # Formats
//
// A payload is a JSON number (1480, 24.5, 1e3), white space around it allowed, or a
// JSON object, in which Field names a number by its keys with dots between
// ("drive.speed_rpm"). The field may also be a string that holds a number, as some
// controllers write it.
//
// # Concurrency
//
// Readings may be used from any goroutine. Receive does not block.
//
// # Limits
//
// Payloads of more than 4096 bytes, and numbers that are not finite, count as unusable.
package condition
