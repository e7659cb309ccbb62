//go:build !race

package backend

const detectsRaces = false
