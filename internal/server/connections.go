package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// maxConnections is how many connections are open at a time, on all addresses together: enough for every Prometheus and every person
// that there may be, and little enough to hold in memory.
const maxConnections = 512

// connections bounds how many are open. When there is no room for another one, the one closes on which nothing has been asked for
// longest: to keep many open keeps nobody out, the kubelet's probes least of all. A connection whose request is being answered is left
// alone.
type connections struct {
	limit int

	mu   sync.Mutex
	open int
	// idle are those on which no request is being answered, those first that have been so for longest.
	idle list.List
}

// connection is one that takes a place.
type connection struct {
	net.Conn
	of *connections
	// requests are being answered on it. place is where it stands among the idle ones, nil while there are any or when it is closed.
	requests int
	place    *list.Element
	closed   bool
}

// listen bounds the connections that a listener accepts.
func (c *connections) listen(l net.Listener) net.Listener { return &bounded{l, c} }

type bounded struct {
	net.Listener
	connections *connections
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		accepted, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := b.connections.admit(accepted); c != nil {
			return c, nil
		}
		_ = accepted.Close() // every other one is being answered
	}
}

// admit makes room for a connection, nil when there is none.
func (c *connections) admit(accepted net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.limit {
		oldest := c.idle.Front()
		if oldest == nil {
			return nil
		}
		_ = oldest.Value.(*connection).close() // its client has asked nothing, and is told nothing
	}
	admitted := &connection{Conn: accepted, of: c}
	admitted.place = c.idle.PushBack(admitted)
	c.open++
	return admitted
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	return c.close()
}

// close is Close for those who hold the lock.
func (c *connection) close() error {
	if !c.closed {
		c.closed = true
		c.of.open--
		c.unplace()
	}
	return c.Conn.Close()
}

func (c *connection) unplace() {
	if c.place != nil {
		c.of.idle.Remove(c.place)
		c.place = nil
	}
}

// asked notes that a request is being answered (1) or has been (-1).
func (c *connection) asked(by int) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.requests += by
	switch {
	case c.closed:
	case c.requests > 0:
		c.unplace()
	case c.place == nil:
		c.place = c.of.idle.PushBack(c)
	}
}

type connectionKey struct{}

// remember is an http.Server's ConnContext, for busy.
func remember(ctx context.Context, accepted net.Conn) context.Context {
	if t, ok := accepted.(interface{ NetConn() net.Conn }); ok { // TLS
		accepted = t.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, accepted)
}

// busy keeps a connection open while next answers a request on it.
func busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			c.asked(1)
			defer c.asked(-1)
		}
		next.ServeHTTP(w, r)
	})
}
