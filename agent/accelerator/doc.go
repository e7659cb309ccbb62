// Package accelerator finds what this machine could compute a model with besides its processor: libraries and devices.
//
// # Concepts
//
// A Library is a shared library that auscult-delegate can open: a runtime or a vendor's plugin. It is read as a file
// and never opened here, since opening runs its code. A Device is what a plugin needs; whether this user may open it
// decides more often than whether it is there. A Problem says what is wrong and what helps.
//
// # Limits
//
// Libraries are looked for in the loader's usual folders, in /opt and where Python keeps its packages for all users.
// Linux only.
package accelerator
