//go:build race

package backend

// detectsRaces says that the race detector is on, whose shadow memory no bound leaves room for.
const detectsRaces = true
