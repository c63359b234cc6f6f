// Command rulescost measures what the recording and alerting rules cost a Prometheus that has kept a big cluster's posture for a year.
//
// It makes the exposition of a generated cluster, writes the database that a Prometheus would have by then, as blocks and head, and
// evaluates the shipped rule files with Prometheus' own engine, group by group, so that later rules read what earlier ones recorded.
// It must never leave out a series that a rule reads, and it says of each look into the past how much it found, because an empty query
// costs nothing. Nothing imports it.
package main
