// Package policy holds the project's rules as tests: who may import whom and
// why, what a folder must have, what no file may say.
//
// # Concepts
//
// Each rule is a function from sources to complaints. One test applies it to
// the whole tree and wants no complaint; a second one applies it to samples
// that break it and wants each of them, so that a rule cannot go blind
// unnoticed. Every exception stands in a table with its reason.
//
// What git ignores is not part of the tree. The tree is read by walking it,
// not by asking git, so that go test sees which files a result depends on.
//
// # Limits
//
// Rules that read types, not only syntax, belong to golangci-lint: see
// .golangci.yml. Rules about the packages that are shipped are in
// build/package/check.
package policy
