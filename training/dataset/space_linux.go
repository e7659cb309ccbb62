package dataset

import "syscall"

// FreeBytes returns what may still be written in a folder.
func FreeBytes(folder string) (n uint64, known bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil || st.Bsize <= 0 || st.Blocks == 0 {
		return 0, false
	}
	return st.Bavail * uint64(st.Bsize), true
}
