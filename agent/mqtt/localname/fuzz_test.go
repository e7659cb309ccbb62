package localname

import "testing"

// FuzzAnswer takes whatever somebody in the network sends.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{0, 7, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4})
	f.Add([]byte("\x00\x07\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x06pump-7\x05local\x00\x00\x01\x80\x01\x00\x00\x00\x0a\x00\x04\x0a\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if addr, ok := answer(packet, 7, "pump-7.local"); ok && !addr.Is4() {
			t.Errorf("%v", addr)
		}
	})
}
