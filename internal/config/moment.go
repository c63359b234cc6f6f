package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// firstYear and lastYear frame the years that can be meant; others are mistakes of typing.
	firstYear, lastYear = 2000, 9999

	expiresFix = "write the last day on which it is valid, in UTC, as 2027-03-31, or an instant as 2027-03-31T18:00:00Z"
	periodFix  = "write days as 90d or a duration as 2160h"
)

// expiry returns a reader of an expiry: a day, through the end of which (UTC) the thing is valid, or an RFC 3339 instant.
func (p *parser) expiry(dst *time.Time) func(value) {
	return func(v value) {
		text, ok := p.scalar(v, expiresFix)
		if !ok {
			return
		}
		at, err := time.Parse(time.RFC3339, text)
		valid := err == nil
		if date, err := time.Parse(time.DateOnly, text); err == nil {
			at, valid = date, true
		}
		at = at.UTC()
		switch {
		case !valid:
			p.fail(v, quote(text)+" is no date", expiresFix)
		case at.Year() < firstYear || at.Year() > lastYear:
			p.fail(v, "the year of "+quote(text)+" cannot be meant", expiresFix)
		case len(text) == len(time.DateOnly):
			*dst = at.AddDate(0, 0, 1)
		default:
			*dst = at
		}
	}
}

// period returns a reader of a positive duration, in Go's notation with days in front: 90d, 1d12h, 2160h.
func (p *parser) period(dst *time.Duration) func(value) {
	return func(v value) {
		text, ok := p.scalar(v, periodFix)
		if !ok {
			return
		}
		d, valid := parseDuration(text)
		switch {
		case !valid:
			p.fail(v, quote(text)+" is no duration", periodFix)
		case d <= 0:
			p.fail(v, quote(text)+" is not positive", periodFix)
		default:
			*dst = d
		}
	}
}

// parseDuration reads a Go duration with an optional whole number of days in front; one that overflows is not valid.
func parseDuration(text string) (time.Duration, bool) {
	number, rest, hasDays := strings.Cut(text, "d")
	if !hasDays {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	days, err := strconv.ParseUint(number, 10, 32)
	if err != nil || days > uint64(math.MaxInt64/day) {
		return 0, false
	}
	d := time.Duration(days) * day
	if rest == "" {
		return d, true
	}
	more, err := time.ParseDuration(rest)
	if err != nil || strings.ContainsAny(rest, "+-") || d+more < d {
		return 0, false
	}
	return d + more, true
}
