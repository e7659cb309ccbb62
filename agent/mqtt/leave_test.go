package mqtt

import (
	"net"
	"testing"
	"time"
)

// TestLeaves: after a DISCONNECT the connection stays until the broker has closed it, whose answers to what came
// before must not fail; one that does not close it is not waited for.
func TestLeaves(t *testing.T) {
	for name, closes := range map[string]bool{"a broker that closes": true, "one that does not": false} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		broker, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := newGuardedConn(conn)
		c.leave()
		began, closed := time.Now(), make(chan time.Duration, 1)
		go func() {
			_ = c.Close()
			closed <- time.Since(began)
		}()
		if closes {
			for range 20 {
				_, err := broker.Write([]byte{0x40, 2, 0, 1})
				if err != nil && time.Since(began) < leaveLimit {
					t.Errorf("%s: an answer fails: %v", name, err)
				}
				<-time.After(time.Millisecond) // the answers are to be spread over the goodbye
			}
			if took := time.Since(began); len(closed) > 0 && took < leaveLimit {
				t.Errorf("%s: it was closed before, within %v", name, took)
			}
			_ = broker.Close()
		}
		if took := <-closed; !closes && took < leaveLimit {
			t.Errorf("%s: closed after %v", name, took)
		}
		_, _ = broker.Close(), l.Close()
		if err := c.Close(); err == nil {
			t.Errorf("%s: it was open still", name)
		}
	}
}
