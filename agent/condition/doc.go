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
// A value is as old as its message; or by its own time stamp, where Time names a field that
// has one and the node's clock is set. What the broker retained when the node subscribed
// does not count without a stamp: nobody knows how old it is. If it is what had arrived
// before the connection broke, it stays as old as that.
//
// # Formats
//
// A payload is a JSON number (1480, 24.5, 1e3), white space around it allowed, or a
// JSON object, in which Field names a number by its keys with dots between
// ("drive.speed_rpm"). The field may also be a string that holds a number, as some
// controllers write it. A time stamp is RFC 3339 with its zone, or a number of seconds or
// milliseconds since 1970; one that is over 10 s ahead is refused.
//
// # Concurrency
//
// Readings may be used from any goroutine. Receive does not block.
//
// # Limits
//
// Payloads of more than 4096 bytes, and numbers that are not finite, count as unusable.
package condition
