package access

// Waiting returns how many callers wait for a turn.
func (g *Guard) Waiting() int {
	g.turns.mu.Lock()
	defer g.turns.mu.Unlock()
	return g.turns.waiting[0] + g.turns.waiting[1]
}
