package spool

import (
	"bytes"
	"testing"
)

func FuzzSalvage(f *testing.F) {
	a := encode(&Record{Priority: Alert, BootID: "b0", Seq: 3, Topic: "t/a", Payload: []byte("one"), key: 3}, 2)
	b := encode(&Record{Priority: Notice, BootID: "b0", Seq: 4, Topic: "t/b", Payload: nil, key: 4}, 3)
	f.Add(a)
	f.Add(append(append([]byte("AuSAuSp\x01"), a...), b...))
	f.Add(a[:len(a)-1])
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, r := range salvage(in) {
			if err := r.check(); err != nil {
				t.Fatalf("salvaged a record that cannot be stored: %v", err)
			}
			got, floor, n, err := decode(encode(&r, r.key))
			if err != nil || floor != r.key || n == 0 || got.Seq != r.Seq || got.key != r.key ||
				got.BootID != r.BootID || got.Topic != r.Topic || !bytes.Equal(got.Payload, r.Payload) {
				t.Fatalf("%+v became %+v, %v", r, got, err)
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte{}, 0, byte(0))
	f.Add(make([]byte, 3*pageBytes), 9, byte(1))
	f.Add(filled(f), 2*pageBytes+8, byte(2))
	f.Fuzz(func(_ *testing.T, in []byte, at int, x byte) {
		if at >= 0 && at < len(in) {
			in = bytes.Clone(in)
			in[at] ^= x
		}
		// Must end without a panic whatever the bytes are.
		_ = verify(in)
	})
}
