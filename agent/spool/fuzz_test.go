package spool

import (
	"bytes"
	"testing"
)

// FuzzDecode reads pieces from any bytes, and what it takes for one comes back the same.
func FuzzDecode(f *testing.F) {
	r := Record{ID: ID{"b0", 3}, Topic: "t/a", Payload: []byte("one"), key: 4}
	whole := r.cut(2, 17)[0]
	f.Add(whole.encode(nil))
	r.Payload = bytes.Repeat([]byte("long"), 2000)
	for _, p := range r.cut(0, 1) {
		p.removed = p.index == 1
		f.Add(p.encode(nil))
	}
	f.Add(whole.encode(nil)[:pieceHeader])
	f.Fuzz(func(t *testing.T, in []byte) {
		p, ok := decode(in)
		if !ok {
			return
		}
		again := p.encode(nil)
		// A damaged mark is read as the nearer one; all else is under the checksum.
		if len(again) != p.size() || !bytes.Equal(again[4:], in[4:p.size()]) {
			t.Fatalf("%x became %x", in, again)
		}
		if p.index == 0 && p.of == 1 {
			r := join([]piece{p})
			if err := r.check(); err != nil {
				t.Fatalf("read a record that cannot be stored: %v", err)
			}
		}
	})
}

// FuzzRecover opens any file. It must be mended or refused, and then be left as it is.
func FuzzRecover(f *testing.F) {
	b := resize([]byte(magic), blockBytes) // small: fuzzing shortens what it keeps byte by byte
	for key := range uint64(3) {
		r := Record{ID: ID{"b0", key}, Topic: "t", Payload: bytes.Repeat([]byte{'x'}, int(40*key)), key: key}
		p := r.cut(0, 2)[0]
		p.removed = key == 0
		b = p.encode(b)
	}
	f.Add([]byte{}, 0, byte(0))
	f.Add([]byte(magic), 3, byte(1))
	f.Add(b, blockBytes+8, byte(2))
	f.Add(b[blockBytes:], 50, byte(255))
	f.Fuzz(func(t *testing.T, in []byte, at int, x byte) {
		if len(in) > 64*blockBytes {
			return
		}
		if at >= 0 && at < len(in) {
			in = bytes.Clone(in)
			in[at] ^= x
		}
		d := newFakeDisk()
		d.put(crashPath, in)
		s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
		if s.Stats().Err != nil {
			if !bytes.Equal(d.names[crashPath].content, in) {
				t.Fatal("what was refused was changed")
			}
			return
		}
		want := put(t, s, 100)
		for r, ok := s.Next(nil); ok; r, ok = s.Next(nil) {
			if err := r.check(); err != nil {
				t.Fatalf("found a record that cannot be stored: %v", err)
			}
			if identity(r) == identity(want) {
				want = Record{}
			}
			if err := s.Remove(r); err != nil {
				t.Fatal(err)
			}
		}
		if want.Seq != 0 {
			t.Fatal("a new record was lost")
		}
		_ = s.Close()
		if st := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d}).Stats(); st.Damaged != 0 || st.Records != 0 {
			t.Fatalf("it was not mended: %+v", st)
		}
	})
}
