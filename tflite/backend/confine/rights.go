package confine

// Rights say what a program may do.
type Rights struct {
	// MemoryBytes bounds what it allocates; 0: not at all.
	MemoryBytes uint64 `json:"memory_bytes"`
	// Hide are folders that it cannot read, with all below them.
	Hide []string `json:"hide"`
}
