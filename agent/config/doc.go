// Package config reads the daemon's configuration file.
//
// # Concepts
//
// One TOML file says everything. Every key has a default, and Default is their
// list; auscultd.toml beside this file is the same list with comments, and a
// test holds the two together. A key that is not known is an error, since a
// misspelt one would silently do nothing.
//
// # Formats
//
// Durations are strings as Go writes them: "500ms", "30s", "1m30s". Relative
// paths start from the folder of the configuration file. Secrets never stand in
// the file: a key names the file that holds them, or a systemd credential by
// "credential:NAME" (see systemd.exec(5), LoadCredential=).
//
// # Errors
//
// An *Error names file, line, column and key, and says what to change. Parse
// looks at the text only: whether a model or a recording is there turns out when
// the node starts, as a fault that goes away when the file appears.
//
// # Limits
//
// A file has at most MaxFile bytes, and describes at most MaxSources sources.
package config
