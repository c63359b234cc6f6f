package faults

import (
	"context"
	"net"
	"sync"
	"time"
)

// wires are the connections of one network, and what is done to their bytes.
type wires struct {
	net.Listener

	mu   sync.Mutex
	open map[*wire]bool
	// refused ends every new connection at once.
	refused bool
	// thawed is closed while bytes pass.
	thawed chan struct{}
	// pace is how many bytes a second pass from the server to the client, 0 for all.
	pace int
}

func newWires(l net.Listener) *wires {
	w := &wires{Listener: l, open: make(map[*wire]bool), thawed: make(chan struct{})}
	close(w.thawed)
	return w
}

// Accept implements net.Listener.
func (w *wires) Accept() (net.Conn, error) {
	for {
		c, err := w.Listener.Accept()
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		refused := w.refused
		ctx, cancel := context.WithCancel(context.Background())
		wired := &wire{Conn: c, of: w, closed: ctx, close: cancel}
		if !refused {
			w.open[wired] = true
		}
		w.mu.Unlock()
		if !refused {
			return wired, nil
		}
		_ = c.Close() // which is how it is refused
		cancel()
	}
}

// cut ends every connection.
func (w *wires) cut() {
	w.mu.Lock()
	var all []*wire
	for c := range w.open {
		all = append(all, c)
	}
	w.mu.Unlock()
	for _, c := range all {
		_ = c.Close() // it may have ended by itself
	}
}

func (w *wires) refuse(yes bool) {
	w.mu.Lock()
	w.refused = yes
	w.mu.Unlock()
	if yes {
		w.cut()
	}
}

// freeze lets no byte pass, in either direction, and ends no connection.
func (w *wires) freeze(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if yes {
		w.thawed = make(chan struct{})
	} else {
		close(w.thawed)
	}
}

func (w *wires) slow(bytesPerSecond int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pace = bytesPerSecond
}

func (w *wires) now() (thawed <-chan struct{}, pace int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.thawed, w.pace
}

// wire is one connection.
type wire struct {
	net.Conn
	of     *wires
	closed context.Context
	close  context.CancelFunc
}

// Read implements net.Conn.
func (c *wire) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	c.pass()
	return n, err
}

// Write implements net.Conn.
func (c *wire) Write(from []byte) (written int, err error) {
	for len(from) > 0 && err == nil {
		pace := c.pass()
		part := from
		if pace > 0 {
			part = from[:min(len(from), max(1, pace/20))]
			select {
			case <-c.closed.Done():
			case <-time.After(time.Duration(len(part)) * time.Second / time.Duration(pace)):
			}
		}
		var n int
		n, err = c.Conn.Write(part)
		written, from = written+n, from[n:]
	}
	return written, err
}

// pass waits until bytes pass, or the connection is closed.
func (c *wire) pass() (pace int) {
	thawed, pace := c.of.now()
	select {
	case <-thawed:
	case <-c.closed.Done():
	}
	return pace
}

// Close implements net.Conn.
func (c *wire) Close() error {
	c.close()
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
