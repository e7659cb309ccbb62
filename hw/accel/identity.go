package accel

// Identity is how a chip on I²C says which it is.
type Identity struct {
	// Addresses are those that its pins can give it, the usual one first.
	Addresses []uint16
	// Register holds its identification: a key of Names.
	Register byte
	Names    map[byte]string
}
