// Package flat reads FlatBuffers from untrusted bytes.
//
// # Concepts
//
// A Reader walks a buffer by tables and vectors. Every read checks that it lies
// inside the buffer and, for a table and a field, that it is aligned as the format demands and
// lies inside its table. The first violation sticks: from then on all
// reads give zero values and empty vectors, and Err tells what was wrong, so
// that a caller checks once per object instead of once per field.
//
// # Limits
//
// Objects may share bytes, so a small file can describe much. A Reader counts
// what is copied out of it (strings, number lists) and fails when the total
// exceeds twice the buffer's size plus 64 KiB.
//
// # Sources
//
// google/flatbuffers, docs/source/internals.md: offsets are uint32 forward from
// their own position; a table starts with an int32 to subtract that leads to its
// vtable, which holds uint16s: its own size, the table's size, then one field
// position each, 0 for absent.
package flat
