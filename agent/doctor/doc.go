// Package doctor examines what a node needs, one thing after the other, and says what
// helps: configuration, model, microphones, accelerometers, clock, disk, broker.
//
// # Concepts
//
// A Check is ok, a warning or a fault, with the fix where there is one. Sensors are
// opened as the node opens them and listened to for a while; the broker is tried in
// stages, and the first that fails ends them. Nothing is changed or published.
//
// # Errors
//
// What is wrong is a Check, never an error.
package doctor
