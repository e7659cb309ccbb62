//go:build !unix

package smallfile

// notBlocking is nothing: a path of a folder is no pipe here.
const notBlocking = 0
