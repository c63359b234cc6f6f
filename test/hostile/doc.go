// Package hostile measures what one tenant can make the exporter cost the others: the exporter runs
// as a process of its own beside a server that speaks the API's protocol from memory, with the
// memory limit that the chart gives it, and one namespace is flooded with what its quota may allow.
//
// It must never ask more of the exporter than an API server would hold. No package imports it.
//
// For each flood it states the processor time until the exporter has answered the first scrape, of
// which most is reading the objects and the joins that are remembered, that of the scrapes after
// it, and the greatest resident memory. Every series about another namespace must be as it is
// without the flood, the memory must stay within the limit, and with HOSTILE=full a scrape may take
// a few times the processor time that it takes without the flood. HOSTILE_BINARY measures another
// build of the exporter.
package hostile
